//! Migrations, and what a service thinks of the schema that it meets.

use entente_pg::{Migrations, WrongSchema};
use entente_testkit::Db;

use crate::tenants::migrator;

const FIRST: &str = "create table pgschema.first ()";
const SECOND: &str = "create table pgschema.second ()";

fn schema<const N: usize>(steps: [(i64, &'static str); N]) -> Migrations {
    Migrations::new("pgschema", migrator(steps))
}

#[tokio::test]
async fn runs_at_the_same_time_in_two_databases_all_end_well() {
    let (one, other) = (Db::new(&[]).await.unwrap(), Db::new(&[]).await.unwrap());
    let runs = (0..4).flat_map(|_| [one.url(), other.url()]).map(|url| {
        let url = url.to_owned();
        tokio::spawn(async move {
            Migrations::new("pgrace", migrator([(1, "create table pgrace.once ()")]))
                .run(&url)
                .await
        })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_schema_that_was_never_migrated_is_missing() {
    let db = Db::new(&[]).await.unwrap();
    let check = Migrations::new("pgnever", migrator([]))
        .check(&db.open("pgnever").unwrap())
        .await;
    assert!(matches!(check, Err(WrongSchema::Missing { .. })), "{check:?}");
}

#[tokio::test]
async fn a_schema_that_lacks_a_migration_is_behind_until_it_has_run() {
    let db = Db::new(&[schema([(1, FIRST)])]).await.unwrap();
    let database = db.open("pgschema").unwrap();
    let release = schema([(1, FIRST), (2, SECOND)]);

    let check = release.check(&database).await;
    assert!(
        matches!(check, Err(WrongSchema::Behind { version: 2, .. })),
        "{check:?}"
    );

    release.run(db.url()).await.unwrap();
    release.check(&database).await.unwrap();
    assert_eq!(release.version(&database).await.unwrap(), Some(2));
}

#[tokio::test]
async fn a_release_goes_on_beside_the_migrations_of_a_newer_one() {
    let db = Db::new(&[schema([(1, FIRST), (2, SECOND)])]).await.unwrap();
    let release = schema([(1, FIRST)]);
    release.run(db.url()).await.unwrap();
    release.check(&db.open("pgschema").unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_migration_that_was_changed_after_it_ran_is_refused() {
    let db = Db::new(&[schema([(1, FIRST)])]).await.unwrap();
    let changed = schema([(1, "create table pgschema.other ()")]);
    let check = changed.check(&db.open("pgschema").unwrap()).await;
    assert!(
        matches!(check, Err(WrongSchema::Changed { version: 1, .. })),
        "{check:?}"
    );
    assert!(
        changed
            .run(db.url())
            .await
            .unwrap_err()
            .to_string()
            .contains("migration 1")
    );
}

#[tokio::test]
async fn a_migration_that_was_taken_away_is_refused() {
    let db = Db::new(&[schema([(1, FIRST), (2, SECOND)])]).await.unwrap();
    let check = schema([(2, SECOND)]).check(&db.open("pgschema").unwrap()).await;
    assert!(
        matches!(check, Err(WrongSchema::Changed { version: 1, .. })),
        "{check:?}"
    );
}

#[tokio::test]
async fn a_failed_migration_leaves_nothing_of_itself() {
    let db = Db::new(&[]).await.unwrap();
    let error = schema([(1, "create table pgschema.half (); select 1 / 0")])
        .run(db.url())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("division by zero"), "{error}");
    schema([(1, "create table pgschema.half ()")])
        .run(db.url())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_tables_of_a_library_are_there_before_those_of_the_service() {
    let outbox = ["create table pgschema.outbox (id bigint primary key)".to_owned()];
    let own = migrator([(
        1,
        "create table pgschema.letter (outbox_id bigint references pgschema.outbox)",
    )]);
    let schema = Migrations::new("pgschema", own).with_part("events", outbox);
    let db = Db::new(&[]).await.unwrap();
    schema.run(db.url()).await.unwrap();
    schema.check(&db.open("pgschema").unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_role_that_row_security_doesnt_hold_for_is_refused() {
    // Roles belong to the server: this one is of this test alone.
    let schema = || Migrations::new("pgexempt", migrator([]));
    let db = Db::new(&[schema()]).await.unwrap();
    let mut admin = db.admin().await.unwrap();
    sqlx::raw_sql("alter role pgexempt bypassrls")
        .execute(&mut admin)
        .await
        .unwrap();
    let check = schema().check(&db.open("pgexempt").unwrap()).await;
    sqlx::raw_sql("alter role pgexempt nobypassrls")
        .execute(&mut admin)
        .await
        .unwrap();
    assert!(
        matches!(check, Err(WrongSchema::Exempt { role: "pgexempt" })),
        "{check:?}"
    );
}
