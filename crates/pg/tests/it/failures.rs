//! A database that is away, slow or in dispute.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use entente_pg::{Database, Error, Settings, Tx, retry_conflicts};
use entente_testkit::Db;
use uuid::Uuid;

use crate::tenants::migrations;

#[tokio::test]
async fn a_database_that_is_away_is_unavailable() {
    // Nothing listens on the discard port.
    let mut settings = Settings::new("pgtest", "postgres://nobody@127.0.0.1:9/nowhere").unwrap();
    settings.acquire_timeout = Duration::from_millis(200);
    let error = Database::open(&settings)
        .tenant("pgtest.away", Uuid::nil())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_url_of_something_else_says_how_to_write_one() {
    let error = Settings::new("pgtest", "localhost").err().unwrap();
    assert!(error.to_string().contains("postgres://"), "{error}");
}

#[tokio::test]
async fn the_pools_recover_from_a_server_that_cut_their_connections() {
    let db = Db::new(&[migrations()]).await.unwrap();
    let database = db.open("pgtest").unwrap();
    let cut = database.tenant("pgtest.cut", Uuid::nil()).await.unwrap();
    sqlx::raw_sql(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .execute(&mut db.admin().await.unwrap())
    .await
    .unwrap();

    let error = cut.commit().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    let deadline = Instant::now() + Duration::from_secs(20);
    while database.tenant("pgtest.again", Uuid::nil()).await.is_err() {
        assert!(Instant::now() < deadline, "the pool didn't recover");
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_unavailable() {
    let db = Db::new(&[migrations()]).await.unwrap();
    let mut settings = db.settings("pgtest").unwrap();
    settings.statement_timeout = Duration::from_millis(50);
    let database = Database::open(&settings);
    let mut tx = database.system("pgtest.slow").await.unwrap();
    let error: Error = sqlx::raw_sql("select pg_sleep(60)")
        .execute(&mut *tx)
        .await
        .unwrap_err()
        .into();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_violated_constraint_is_named() {
    let db = Db::new(&[migrations()]).await.unwrap();
    let mut admin = db.admin().await.unwrap();
    sqlx::raw_sql("alter table pgtest.outbox add constraint one_of_a_kind unique (event)")
        .execute(&mut admin)
        .await
        .unwrap();
    let twice = sqlx::raw_sql("insert into pgtest.outbox (event) values ('a'), ('a')")
        .execute(&mut admin)
        .await;
    assert_eq!(
        Error::from(twice.unwrap_err()).constraint(),
        Some("one_of_a_kind")
    );
}

#[tokio::test]
async fn a_transaction_that_lost_against_another_runs_again() {
    let db = Db::new(&[migrations()]).await.unwrap();
    let database = db.open("pgtest").unwrap();
    let mut arrange = database.system("pgtest.arrange").await.unwrap();
    sqlx::query("insert into pgtest.outbox (event) values ('0')")
        .execute(&mut *arrange)
        .await
        .unwrap();
    arrange.commit().await.unwrap();

    let attempts = AtomicU32::new(0);
    retry_conflicts(Error::is_conflict, || async {
        let mut tx = database.system("pgtest.count").await?;
        sqlx::query("set transaction isolation level repeatable read")
            .execute(&mut *tx)
            .await?;
        sqlx::query("select event from pgtest.outbox")
            .execute(&mut *tx)
            .await?;
        if attempts.fetch_add(1, Ordering::SeqCst) == 0 {
            rival(database.system("pgtest.rival").await?).await?;
        }
        sqlx::query("update pgtest.outbox set event = event || 'b'")
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    })
    .await
    .unwrap();

    let event: String = sqlx::query_scalar("select event from pgtest.outbox")
        .fetch_one(&mut db.admin().await.unwrap())
        .await
        .unwrap();
    assert_eq!((event.as_str(), attempts.into_inner()), ("0ab", 2));
}

async fn rival(mut tx: Tx) -> Result<(), Error> {
    sqlx::query("update pgtest.outbox set event = event || 'a'")
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}
