//! On the real server.

use entente_pg::Migrations;
use entente_testkit::Db;
use sqlx::migrate::Migrator;

fn schema() -> Migrations {
    Migrations::new("kittest", Migrator::DEFAULT)
        .with_part("words", ["create table kittest.word ()".to_owned()])
}

async fn words(db: &Db) -> i64 {
    sqlx::query_scalar("select count(*) from kittest.word")
        .fetch_one(&mut db.admin().await.unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn what_one_test_stores_another_doesnt_see() {
    let (one, other) = (
        Db::new(&[schema()]).await.unwrap(),
        Db::new(&[schema()]).await.unwrap(),
    );
    sqlx::raw_sql("insert into kittest.word default values")
        .execute(&mut one.admin().await.unwrap())
        .await
        .unwrap();
    assert_eq!((words(&one).await, words(&other).await), (1, 0));
}

#[tokio::test]
async fn tests_that_start_together_share_one_template() {
    let starts = (0..6).map(|_| tokio::spawn(async { Db::new(&[schema()]).await }));
    for start in starts.collect::<Vec<_>>() {
        assert_eq!(words(&start.await.unwrap().unwrap()).await, 0);
    }
}

#[tokio::test]
async fn a_database_is_dropped_with_its_test_whoever_is_connected() {
    let witness = Db::new(&[]).await.unwrap();
    let db = Db::new(&[schema()]).await.unwrap();
    let mut connected = db.admin().await.unwrap();
    let name: String = sqlx::query_scalar("select current_database()")
        .fetch_one(&mut connected)
        .await
        .unwrap();
    drop(db);
    let left: i64 = sqlx::query_scalar("select count(*) from pg_database where datname = $1")
        .bind(name)
        .fetch_one(&mut witness.admin().await.unwrap())
        .await
        .unwrap();
    assert_eq!(left, 0);
}
