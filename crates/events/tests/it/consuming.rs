//! What a group gets.

use std::sync::Arc;

use entente_events::log::Record;

use crate::support::{Effects, Faults, GROUP, Which, World, event, until};

on_both_logs!(
    a_new_group_that_starts_late_gets_everything,
    what_is_delivered_again_is_applied_once,
    a_type_that_the_group_has_no_use_for_is_passed_over,
    a_failure_that_may_pass_is_tried_until_it_does,
    a_consumer_that_was_stopped_goes_on_where_it_was,
    a_second_member_takes_over_from_the_first,
    an_event_arrives_with_all_its_fields,
    effects_written_many_at_a_time_are_applied_once_in_order,
);

async fn a_new_group_that_starts_late_gets_everything(which: Which) {
    let world = World::new(which).await;
    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));
    world.announce_concurrently(2, 5, 20).await;
    world.all_applied_once_in_order(GROUP).await;

    let _late = world.consume("notifications", Effects::of("notifications"));

    world.all_applied_once_in_order("notifications").await;
}

async fn what_is_delivered_again_is_applied_once(which: Which) {
    let world = World::new(which).await;
    let _consumer = world.consume(GROUP, Effects::of(GROUP));
    world
        .parts
        .log
        .ensure_topics(&[crate::support::topic()])
        .await
        .unwrap();
    let records: Vec<Record> = (1..=5).map(|sequence| record("ord_1", sequence)).collect();

    for _ in 0..3 {
        assert_eq!(world.parts.log.append(&records).await.acknowledged, 5);
    }
    let after = [record("ord_1", 6)];
    assert_eq!(world.parts.log.append(&after).await.acknowledged, 1);

    world.wait_for_effects(GROUP, 6).await;
    assert_eq!(world.sequences(GROUP).await["ord_1"], [1, 2, 3, 4, 5, 6]);
}

async fn a_type_that_the_group_has_no_use_for_is_passed_over(which: Which) {
    let world = World::new(which).await;
    let unused = "entente.orders.events.v1.OrderSeen";
    let _running = (
        world.relay(),
        world.consume(GROUP, Effects::of(GROUP).without(unused)),
    );
    let mut transaction = world.parts.service.begin().await.unwrap();
    for kind in [
        unused,
        "entente.orders.events.v1.OrderPlaced",
        unused,
        "entente.orders.events.v1.OrderPaid",
    ] {
        let event = entente_events::Event {
            kind: kind.into(),
            ..event("ord_1")
        };
        world.parts.outbox.append(&mut transaction, &event).await.unwrap();
    }
    transaction.commit().await.unwrap();

    world.wait_for_effects(GROUP, 2).await;
    assert_eq!(world.sequences(GROUP).await["ord_1"], [2, 4]);
}

async fn a_failure_that_may_pass_is_tried_until_it_does(which: Which) {
    let world = World::new(which).await;
    let effects = Effects::of(GROUP);
    effects.fail("ord_1", 2, Faults::Transient(4));
    let _running = (world.relay(), world.consume(GROUP, effects));

    world.announce(&["ord_1", "ord_1", "ord_1", "ord_2"]).await;

    world.all_applied_once_in_order(GROUP).await;
}

async fn a_consumer_that_was_stopped_goes_on_where_it_was(which: Which) {
    let world = World::new(which).await;
    let _relay = world.relay();
    let consumer = world.consume(GROUP, Effects::of(GROUP));
    world.announce(&["ord_1", "ord_2", "ord_1"]).await;
    world.all_applied_once_in_order(GROUP).await;

    consumer.stop().await;
    // Without its cursors the group would apply everything again, were it not for the offsets.
    sqlx::query("TRUNCATE orders.effect, orders.cursor")
        .execute(&world.owner)
        .await
        .unwrap();
    let _again = world.consume(GROUP, Effects::of(GROUP));
    world.announce(&["ord_3"]).await;

    world.wait_for_effects(GROUP, 1).await;
    assert_eq!(
        world.sequences(GROUP).await,
        [("ord_3".to_owned(), vec![1])].into()
    );
}

async fn a_second_member_takes_over_from_the_first(which: Which) {
    let world = World::new(which).await;
    let _relay = world.relay();
    let first = world.consume(GROUP, Effects::of(GROUP));
    world.announce_concurrently(2, 6, 10).await;
    let _second = world.consume(GROUP, Effects::of(GROUP));

    tokio::join!(world.announce_concurrently(4, 6, 40), async {
        world.wait_for_effects(GROUP, 60).await;
        first.stop().await;
    });

    world.all_applied_once_in_order(GROUP).await;
}

async fn effects_written_many_at_a_time_are_applied_once_in_order(which: Which) {
    let world = World::new(which).await;
    world.announce_concurrently(4, 10, 50).await;

    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP).by_many()));
    world.announce_concurrently(4, 10, 10).await;

    world.all_applied_once_in_order(GROUP).await;
}

async fn an_event_arrives_with_all_its_fields(which: Which) {
    #[derive(Clone, Default)]
    struct Keep(Arc<std::sync::Mutex<Vec<entente_events::Received>>>);
    #[async_trait::async_trait]
    impl entente_events::EventHandler for Keep {
        async fn handle(
            &self,
            _: &mut sqlx::PgConnection,
            event: &entente_events::Received,
        ) -> Result<(), entente_events::HandlerError> {
            self.0.lock().unwrap().push(event.clone());
            Ok(())
        }
    }
    let world = World::new(which).await;
    let keep = Keep::default();
    let _running = (world.relay(), world.consume(GROUP, keep.clone()));
    let mut sent = event("ord_1");
    sent.on_behalf_of = Some("org_9".into());
    sent.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00".into());
    sent.payload = (0..=255).collect();
    sent.changes[0].after = Some(serde_json::json!({"näme": "a\u{0}b", "list": [1, null]}));

    let mut transaction = world.parts.service.begin().await.unwrap();
    assert_eq!(
        world.parts.outbox.append(&mut transaction, &sent).await.unwrap(),
        1
    );
    transaction.commit().await.unwrap();

    let received = until("the event", async || keep.0.lock().unwrap().first().cloned()).await;
    assert_eq!(
        received,
        entente_events::Received {
            event: sent,
            sequence: 1
        }
    );
}

/// An event as the relay would send it, straight to the log.
pub fn record(key: &str, sequence: i64) -> Record {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Record {
        topic: crate::support::topic().to_string(),
        key: key.to_owned(),
        headers: vec![
            header("ce_specversion", "1.0"),
            header("ce_id", "evt_1"),
            header("ce_source", "orders"),
            header("ce_type", "entente.orders.events.v1.OrderPlaced"),
            header("ce_subject", key),
            header("ce_time", "2024-05-01T10:00:00Z"),
            header("ce_actor", "usr_1"),
            header("ce_resource", "orders/1"),
            header("ce_sequence", &sequence.to_string()),
        ],
        payload: Vec::new(),
    }
}
