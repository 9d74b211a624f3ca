//! Announcing.

use entente_events::{AppendError, Event, MAX_EVENT_BYTES, OpenError, Outbox, OutboxConfig, Topic};

use crate::support::{Effects, GROUP, Which, World, event, orders, topic};

on_both_logs!(the_largest_event_arrives);

async fn the_largest_event_arrives(which: Which) {
    let world = World::new(which).await;
    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));
    for _ in 0..3 {
        let mut transaction = world.parts.service.begin().await.unwrap();
        let large = Event {
            payload: vec![7; MAX_EVENT_BYTES - 2000],
            ..event("ord_1")
        };
        world.parts.outbox.append(&mut transaction, &large).await.unwrap();
        transaction.commit().await.unwrap();
    }

    world.all_applied_once_in_order(GROUP).await;
}

#[tokio::test]
async fn an_event_that_the_log_would_refuse_is_refused_at_once() {
    let world = World::new(Which::Postgres).await;
    let mut transaction = world.parts.service.begin().await.unwrap();
    let large = Event {
        payload: vec![7; MAX_EVENT_BYTES],
        ..event("ord_1")
    };

    let refused = world.parts.outbox.append(&mut transaction, &large).await;

    assert!(
        matches!(refused, Err(AppendError::TooLarge { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_sequence_counts_per_key() {
    let world = World::new(Which::Postgres).await;
    let mut transaction = world.parts.service.begin().await.unwrap();
    let mut sequences = Vec::new();
    for key in ["ord_1", "ord_2", "ord_1", "ord_1"] {
        sequences.push(
            world
                .parts
                .outbox
                .append(&mut transaction, &event(key))
                .await
                .unwrap(),
        );
    }
    assert_eq!(sequences, [1, 1, 2, 3]);
}

#[tokio::test]
async fn a_topic_that_was_not_declared_is_refused() {
    let world = World::new(Which::Postgres).await;
    let mut transaction = world.parts.service.begin().await.unwrap();
    let elsewhere = Event {
        topic: Topic::new("orders", "invoice").unwrap(),
        ..event("ord_1")
    };

    let refused = world.parts.outbox.append(&mut transaction, &elsewhere).await;

    assert!(
        matches!(refused, Err(AppendError::UnknownTopic { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_key_keeps_to_its_topic() {
    let world = World::new(Which::Postgres).await;
    let invoice = Topic::new("orders", "invoice").unwrap();
    let config = OutboxConfig {
        schema: orders(),
        topics: vec![topic(), invoice.clone()],
        shards: 2,
    };
    let outbox = Outbox::open(&world.parts.worker, config).await.unwrap();
    let mut transaction = world.parts.service.begin().await.unwrap();
    outbox.append(&mut transaction, &event("ord_1")).await.unwrap();

    let refused = outbox
        .append(
            &mut transaction,
            &Event {
                topic: invoice,
                ..event("ord_1")
            },
        )
        .await;

    assert!(
        matches!(refused, Err(AppendError::OtherTopic { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn another_number_of_shards_than_installed_is_refused() {
    let world = World::new(Which::Postgres).await;
    let config = OutboxConfig {
        schema: orders(),
        topics: vec![topic()],
        shards: 3,
    };

    let refused = Outbox::open(&world.parts.worker, config).await;

    assert!(
        matches!(
            refused,
            Err(OpenError::Shards {
                installed: 2,
                configured: 3,
                ..
            })
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_role_of_a_service_can_only_announce() {
    let world = World::new(Which::Postgres).await;
    world.announce(&["ord_1"]).await;
    for forbidden in [
        "SELECT key FROM orders.outbox",
        "DELETE FROM orders.outbox",
        "UPDATE orders.outbox SET payload = ''",
        "UPDATE orders.aggregate_sequence SET key = 'other'",
        "DELETE FROM orders.aggregate_sequence",
        "SELECT key FROM orders.cursor",
        "SELECT key FROM orders.parked",
        "UPDATE orders.outbox_shards SET shards = 4",
        "SELECT key FROM eventlog.record",
    ] {
        let refused = sqlx::query(forbidden)
            .execute(&world.parts.service)
            .await
            .unwrap_err();
        let code = refused
            .into_database_error()
            .unwrap()
            .code()
            .map(|code| code.into_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{forbidden}");
    }
}

#[tokio::test]
async fn the_role_of_the_log_can_not_change_a_record() {
    let world = World::new(Which::Postgres).await;
    let log = sqlx::PgPool::connect_lazy_with(world.spec.log.clone());
    for forbidden in [
        "UPDATE eventlog.record SET payload = ''",
        "DELETE FROM eventlog.record",
    ] {
        let refused = sqlx::query(forbidden).execute(&log).await.unwrap_err();
        let code = refused
            .into_database_error()
            .unwrap()
            .code()
            .map(|code| code.into_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{forbidden}");
    }
}
