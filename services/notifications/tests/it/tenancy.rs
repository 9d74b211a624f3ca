//! The walls between tenants.

use crate::world::World;

#[tokio::test]
async fn a_query_that_forgets_its_filter_sees_one_organization_alone() {
    let world = World::new().await;
    let client = world.place("Berger SA", "chef@berger.example");
    let partner = world.place("Alpina", "lea@alpina.example");
    world
        .announce(&world.partnership_event("partnership.started", &client, &partner))
        .await;
    world.settled().await;

    let mut tx = world
        .notifications
        .tenant("test.forgetful", client.id.uuid())
        .await
        .unwrap();
    let seen: Vec<uuid::Uuid> = sqlx::query_scalar("select organization_id from notifications.notification")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    assert_eq!(seen, [client.id.uuid()]);
}

#[tokio::test]
async fn no_table_of_tenants_is_without_row_level_security() {
    let world = World::new().await;
    // What the outbox needs; it holds no tenant's data.
    let known = ["aggregate_sequence", "outbox_shards"];
    assert_eq!(world.db.unprotected_tables("notifications").await.unwrap(), known);
}

#[tokio::test]
async fn the_role_of_the_tenants_only_reads_and_marks_as_read() {
    let world = World::new().await;
    let client = world.place("Berger SA", "chef@berger.example");
    for statement in [
        "select from notifications.intent",
        "select from notifications.delivery",
        "delete from notifications.notification",
        "update notifications.notification set user_id = gen_random_uuid()",
        "insert into notifications.notification default values",
    ] {
        let mut tx = world
            .notifications
            .tenant("test.alter", client.id.uuid())
            .await
            .unwrap();
        let refused = sqlx::raw_sql(statement).execute(&mut *tx).await.unwrap_err();
        assert_eq!(
            refused.as_database_error().unwrap().code().unwrap(),
            "42501",
            "{statement}"
        );
    }
}
