//! What each role sees.

use entente_pg::{Database, Migrations};
use entente_testkit::Db;
use sqlx::{
    PgConnection, SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};
use uuid::Uuid;

const SERVICE: &str = "pgtest";
const ALPINA: Uuid = Uuid::from_u128(1);
const BERGER: Uuid = Uuid::from_u128(2);
const CIMA: Uuid = Uuid::from_u128(3);

/// The table of the snippet in the crate's docs, one that two organizations share, and one without a grant.
pub(crate) fn migrations() -> Migrations {
    let tables = "
        create table pgtest.product (organization_id uuid not null, name text not null);
        alter table pgtest.product enable row level security;
        create policy tenant on pgtest.product to pgtest using (organization_id = pgtest.organization());
        create policy worker on pgtest.product to pgtest_worker using (true);
        grant select, insert, update, delete on pgtest.product to pgtest;

        create table pgtest.partnership (client_id uuid not null, partner_id uuid not null);
        alter table pgtest.partnership enable row level security;
        create policy tenant on pgtest.partnership to pgtest
          using (pgtest.organization() in (client_id, partner_id));
        create policy worker on pgtest.partnership to pgtest_worker using (true);
        grant select, insert on pgtest.partnership to pgtest;

        create table pgtest.outbox (id bigint generated always as identity, event text not null);
        grant insert on pgtest.outbox to pgtest;";
    Migrations::new(SERVICE, migrator([(1, tables)]))
}

pub(crate) fn migrator<const N: usize>(steps: [(i64, &'static str); N]) -> Migrator {
    let steps = steps.map(|(version, sql)| {
        Migration::new(
            version,
            "test".into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    });
    Migrator::with_migrations(steps.into())
}

async fn fixture() -> (Db, Database) {
    let db = Db::new(&[migrations()]).await.unwrap();
    let database = db.open(SERVICE).unwrap();
    for (organization, name) in [(ALPINA, "touring"), (BERGER, "rescue")] {
        let mut tx = database.tenant("pgtest.arrange", organization).await.unwrap();
        add_product(&mut tx, organization, name).await.unwrap();
        tx.commit().await.unwrap();
    }
    (db, database)
}

async fn add_product(connection: &mut PgConnection, organization: Uuid, name: &str) -> sqlx::Result<()> {
    sqlx::query("insert into pgtest.product values ($1, $2)")
        .bind(organization)
        .bind(name)
        .execute(connection)
        .await?;
    Ok(())
}

/// A query that forgets its filter.
async fn every_product(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar("select name from pgtest.product order by name")
        .fetch_all(connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_query_that_forgets_its_filter_returns_nothing_of_another_tenant() {
    let (_db, database) = fixture().await;
    let mut tx = database.tenant("pgtest.list", ALPINA).await.unwrap();
    assert_eq!(every_product(&mut tx).await, ["touring"]);
}

#[tokio::test]
async fn an_update_that_forgets_its_filter_changes_nothing_of_another_tenant() {
    let (_db, database) = fixture().await;
    let mut tx = database.tenant("pgtest.rename", ALPINA).await.unwrap();
    let changed = sqlx::query("update pgtest.product set name = 'gone'")
        .execute(&mut *tx)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1);
}

#[tokio::test]
async fn a_row_of_another_tenant_cant_be_written() {
    let (_db, database) = fixture().await;
    let mut tx = database.tenant("pgtest.add", ALPINA).await.unwrap();
    let error = add_product(&mut tx, BERGER, "smuggled").await.unwrap_err();
    assert_eq!(entente_pg::Error::from(error).code().as_deref(), Some("42501"));
}

#[tokio::test]
async fn a_query_outside_of_a_tenant_transaction_returns_nothing() {
    let (db, _database) = fixture().await;
    let mut connection = db.admin().await.unwrap();
    sqlx::raw_sql("set role pgtest")
        .execute(&mut connection)
        .await
        .unwrap();
    assert!(every_product(&mut connection).await.is_empty());
}

#[tokio::test]
async fn the_organization_of_a_transaction_ends_with_it() {
    let (db, _database) = fixture().await;
    let mut connection = db.admin().await.unwrap();
    sqlx::raw_sql("set role pgtest; begin; set local entente.organization = '00000000-0000-0000-0000-000000000001'; commit")
        .execute(&mut connection)
        .await
        .unwrap();
    assert!(every_product(&mut connection).await.is_empty());
}

#[tokio::test]
async fn a_row_that_two_organizations_share_is_seen_by_both_and_nobody_else() {
    let (_db, database) = fixture().await;
    let mut tx = database.tenant("pgtest.invite", BERGER).await.unwrap();
    sqlx::query("insert into pgtest.partnership values ($1, $2)")
        .bind(BERGER)
        .bind(ALPINA)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for (organization, seen) in [(ALPINA, 1_i64), (BERGER, 1), (CIMA, 0)] {
        let mut tx = database
            .tenant("pgtest.partnerships", organization)
            .await
            .unwrap();
        let count: i64 = sqlx::query_scalar("select count(*) from pgtest.partnership")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!(count, seen, "{organization}");
    }
}

#[tokio::test]
async fn the_worker_sees_every_organization() {
    let (_db, database) = fixture().await;
    let mut tx = database.system("pgtest.load").await.unwrap();
    assert_eq!(every_product(&mut tx).await, ["rescue", "touring"]);
}

#[tokio::test]
async fn the_tenant_role_may_do_only_what_a_migration_granted() {
    let (_db, database) = fixture().await;
    let mut tx = database.tenant("pgtest.announce", ALPINA).await.unwrap();
    sqlx::query("insert into pgtest.outbox (event) values ('added')")
        .execute(&mut *tx)
        .await
        .unwrap();
    let error = sqlx::query("select from pgtest.outbox")
        .execute(&mut *tx)
        .await
        .unwrap_err();
    assert_eq!(entente_pg::Error::from(error).code().as_deref(), Some("42501"));
}

#[tokio::test]
async fn the_worker_reads_the_record_of_migrations_and_cant_change_it() {
    let (_db, database) = fixture().await;
    let mut tx = database.system("pgtest.meddle").await.unwrap();
    let error = sqlx::query("delete from pgtest.migrations")
        .execute(&mut *tx)
        .await
        .unwrap_err();
    assert_eq!(entente_pg::Error::from(error).code().as_deref(), Some("42501"));
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let (_db, database) = fixture().await;
    let mut tx = database.tenant("pgtest.add", ALPINA).await.unwrap();
    add_product(&mut tx, ALPINA, "half").await.unwrap();
    drop(tx);
    let mut tx = database.tenant("pgtest.list", ALPINA).await.unwrap();
    assert_eq!(every_product(&mut tx).await, ["touring"]);
}

#[tokio::test]
async fn a_table_without_row_security_is_named() {
    let (db, _database) = fixture().await;
    assert!(db.unprotected_tables(SERVICE).await.unwrap().is_empty());
    let mut admin = db.admin().await.unwrap();
    sqlx::raw_sql("grant select on pgtest.outbox to pgtest")
        .execute(&mut admin)
        .await
        .unwrap();
    assert_eq!(db.unprotected_tables(SERVICE).await.unwrap(), ["outbox"]);
}
