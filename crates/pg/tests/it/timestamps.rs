//! The query macros give and take the times of jiff, by `sqlx.toml`.

use entente_testkit::Db;
use jiff::{Timestamp, civil::date};
use jiff_sqlx::ToSqlx as _;

struct Row {
    at: Timestamp,
    ended_at: Option<jiff_sqlx::Timestamp>,
}

#[tokio::test]
async fn a_time_comes_back_from_the_database_as_it_went_in() {
    let db = Db::new(&[]).await.unwrap();
    let mut connection = db.admin().await.unwrap();
    let at: Timestamp = "2026-02-03T04:05:06.789012Z".parse().unwrap();

    let row = sqlx::query_as!(
        Row,
        r#"select $1::timestamptz as "at!", $2::timestamptz as ended_at"#,
        at.to_sqlx(),
        Some(at).map(jiff_sqlx::ToSqlx::to_sqlx),
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();

    assert_eq!(
        (row.at, row.ended_at.map(jiff_sqlx::Timestamp::to_jiff)),
        (at, Some(at))
    );
}

#[tokio::test]
async fn a_date_comes_back_from_the_database_as_it_went_in() {
    let db = Db::new(&[]).await.unwrap();
    let mut connection = db.admin().await.unwrap();
    let day = date(2026, 2, 28);
    let row = sqlx::query!(r#"select $1::date as "day!""#, day.to_sqlx())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.day.to_jiff(), day);
}
