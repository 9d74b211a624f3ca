//! The walls around accounts: between tenants, and around the provider's token.

use entente_envelope::{Envelope, Place};
use entente_runtime::random::SystemRandom;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::world::{TOKEN, World, complete};

#[tokio::test]
async fn a_query_that_forgets_its_filter_sees_one_organization_alone() {
    let world = World::new().await;
    let (ours, _) = world.opened().await;
    world.opened().await;

    let mut tx = world.billing.tenant("test.forgetful", ours.uuid()).await.unwrap();
    let seen: Vec<Uuid> = sqlx::query_scalar("select organization_id from billing.account")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    let changed = sqlx::query("update billing.account set legal_name = 'x'")
        .execute(&mut *tx)
        .await
        .unwrap();

    assert_eq!((seen, changed.rows_affected()), (vec![ours.uuid()], 1));
}

#[tokio::test]
async fn no_table_of_tenants_is_without_row_level_security() {
    let world = World::new().await;
    // What the outbox needs; it holds no tenant's data.
    let known = ["aggregate_sequence", "outbox_shards"];
    assert_eq!(world.db.unprotected_tables("billing").await.unwrap(), known);
}

#[tokio::test]
async fn the_role_of_the_tenants_can_not_read_the_token() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    world.update(&owner, complete(organization)).await.unwrap();

    for statement in [
        "select payment_token from billing.account",
        "select * from billing.account",
    ] {
        let mut tx = world
            .billing
            .tenant("test.curious", organization.uuid())
            .await
            .unwrap();
        let refused = sqlx::query(statement).fetch_all(&mut *tx).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");
    }
}

#[tokio::test]
async fn the_token_stands_nowhere_in_the_clear() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    let mut request = complete(organization);
    request.request_id = "r-1".to_owned();
    world.update(&owner, request).await.unwrap();
    world.announced(organization, 2).await;

    let mut admin = world.db.admin().await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('billing', 'event_log')",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let mut found = Vec::new();
    for table in tables {
        // Bytes are shown as hex: the token is looked for in that form, too.
        let statement = format!(
            "select count(*) from {table} as t where position($1 in t::text) > 0
             or position(encode(convert_to($1, 'UTF8'), 'hex') in t::text) > 0"
        );
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
            .bind(TOKEN)
            .fetch_one(&mut admin)
            .await
            .unwrap();
        if count > 0 {
            found.push(table);
        }
    }
    assert_eq!(found, [""; 0]);
}

#[tokio::test]
async fn the_stored_token_opens_for_its_organization_alone() {
    let world = World::new().await;
    let (organization, owner) = world.opened().await;
    world.update(&owner, complete(organization)).await.unwrap();
    let sealed: Vec<u8> = sqlx::query_scalar("select payment_token from billing.account")
        .fetch_one(&mut world.db.admin().await.unwrap())
        .await
        .unwrap();

    let key = world.keys.path().join("envelope.pem");
    let envelope = Envelope::load_or_create(&key, &[], SystemRandom::shared()).unwrap();
    let place = |tenant| Place {
        purpose: "billing payment token",
        tenant,
        record: organization.uuid(),
    };

    let opened = envelope.open(place(organization.uuid()), &sealed).unwrap();
    assert_eq!(opened.expose_secret(), TOKEN.as_bytes());
    assert!(envelope.open(place(Uuid::nil()), &sealed).is_err());
}
