//! What breaks outboxes that read by id or by transaction id.

use sqlx::Connection;

use crate::support::{Effects, GROUP, Running, Which, World, event, until};

on_both_logs!(
    an_unrelated_long_transaction_holds_nothing_up,
    a_commit_that_comes_after_later_ids_were_sent_is_applied,
    what_was_rolled_back_leaves_no_gap,
    order_per_key_holds_under_eight_concurrent_writers,
    two_relays_at_once_carry_everything_once,
);

async fn an_unrelated_long_transaction_holds_nothing_up(which: Which) {
    let world = World::new(which).await;
    let mut long = world.parts.service.begin().await.unwrap();
    // It has a transaction id, and one that is older than all that follow.
    sqlx::query("INSERT INTO orders.unrelated DEFAULT VALUES")
        .execute(&mut *long)
        .await
        .unwrap();
    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));

    world.announce(&["ord_1", "ord_2", "ord_1"]).await;

    world.all_applied_once_in_order(GROUP).await;
    long.rollback().await.unwrap();
}

async fn a_commit_that_comes_after_later_ids_were_sent_is_applied(which: Which) {
    let world = World::new(which).await;
    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));
    let mut slow = world.parts.service.begin().await.unwrap();
    for key in ["ord_slow", "ord_slow_too", "ord_slow"] {
        world.parts.outbox.append(&mut slow, &event(key)).await.unwrap();
    }
    let later: Vec<String> = (0..20).map(|number| format!("ord_{number}")).collect();
    for key in &later {
        world.announce(&[key]).await;
    }
    world.wait_for_effects(GROUP, 20).await;

    slow.commit().await.unwrap();

    world.all_applied_once_in_order(GROUP).await;
    assert_eq!(world.sequences(GROUP).await["ord_slow"], [1, 2]);
}

async fn what_was_rolled_back_leaves_no_gap(which: Which) {
    let world = World::new(which).await;
    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));
    for _ in 0..5 {
        world.announce(&["ord_1"]).await;
        let mut undone = world.parts.service.begin().await.unwrap();
        world
            .parts
            .outbox
            .append(&mut undone, &event("ord_1"))
            .await
            .unwrap();
        undone.rollback().await.unwrap();
        let mut partly = world.parts.service.begin().await.unwrap();
        let mut savepoint = partly.begin().await.unwrap();
        world
            .parts
            .outbox
            .append(&mut savepoint, &event("ord_1"))
            .await
            .unwrap();
        savepoint.rollback().await.unwrap();
        world
            .parts
            .outbox
            .append(&mut partly, &event("ord_2"))
            .await
            .unwrap();
        partly.commit().await.unwrap();
    }

    world.all_applied_once_in_order(GROUP).await;
}

async fn order_per_key_holds_under_eight_concurrent_writers(which: Which) {
    let world = World::new(which).await;
    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));

    world.announce_concurrently(8, 20, 100).await;

    world.all_applied_once_in_order(GROUP).await;
    assert_eq!(world.effects(GROUP).await, 800);
}

async fn two_relays_at_once_carry_everything_once(which: Which) {
    let world = World::new(which).await;
    let _consumer = world.consume(GROUP, Effects::of(GROUP));
    let (one, other) = (world.parts.relay(), world.parts.relay());
    let relays = [one.clone(), other.clone()];
    let first = Running::start(|cancel| one.run(cancel));
    let _second = Running::start(|cancel| other.run(cancel));

    let held = async || (relays[0].shards_held() + relays[1].shards_held() == 2).then_some(());
    tokio::join!(world.announce_concurrently(4, 10, 50), async {
        until("each shard to have one relay", held).await;
        world.wait_for_effects(GROUP, 50).await;
        first.stop().await;
        until("the other relay to have both shards", async || {
            (relays[1].shards_held() == 2).then_some(())
        })
        .await;
    });

    world.all_applied_once_in_order(GROUP).await;
}
