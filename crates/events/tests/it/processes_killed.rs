//! Relays and consumers that are stopped, woken and killed.

use crate::child::{Point, Process, Role};
use crate::support::{Effects, GROUP, Which, World, until};

on_both_logs!(
    a_relay_that_hangs_past_its_lock_and_sends_late_changes_nothing,
    a_relay_stopped_past_its_lock_and_woken_under_load_changes_nothing,
    a_relay_killed_between_any_two_steps_loses_nothing,
    a_consumer_killed_between_any_two_steps_applies_everything_once,
    both_killed_at_any_moment_under_load_lose_nothing,
);

/// It stands between reading and sending, so another relay sends the same batch, and more; then it sends.
async fn a_relay_that_hangs_past_its_lock_and_sends_late_changes_nothing(which: Which) {
    let world = World::new(which).await;
    let _consumer = world.consume(GROUP, Effects::of(GROUP));
    let mut hung = Process::start(&world.spec, Role::Relay, Point::BeforeSend);
    hung.says("started").await;
    let three = ["ord_1", "ord_1", "ord_1"];
    world.announce(&three).await;
    hung.says("stands BeforeSend").await;
    hung.stop();

    let _other = world.relay();
    world.wait_for_effects(GROUP, 3).await;
    world.announce(&["ord_1", "ord_2", "ord_1"]).await;
    world.all_applied_once_in_order(GROUP).await;
    hung.wake();
    hung.go_on().await;
    hung.says("sent").await;

    world.announce(&["ord_1", "ord_2", "ord_1"]).await;
    world.all_applied_once_in_order(GROUP).await;
}

async fn a_relay_stopped_past_its_lock_and_woken_under_load_changes_nothing(which: Which) {
    let world = World::new(which).await;
    let _consumer = world.consume(GROUP, Effects::of(GROUP));
    let mut stopped = Process::start(&world.spec, Role::Relay, Point::Nowhere);
    stopped.says("started").await;
    let other = world.parts.relay();
    tokio::join!(world.announce_concurrently(4, 10, 60), async {
        world.wait_for_effects(GROUP, 20).await;
        stopped.stop();
        let watched = other.clone();
        let _running = crate::support::Running::start(|cancel| other.run(cancel));
        until("the other relay to get the shards", async || {
            (watched.shards_held() == 2).then_some(())
        })
        .await;
        world.wait_for_effects(GROUP, 60).await;
        stopped.wake();
        world.wait_for_effects(GROUP, 120).await;
    });
    let _another = world.relay();

    world.all_applied_once_in_order(GROUP).await;
}

async fn a_relay_killed_between_any_two_steps_loses_nothing(which: Which) {
    let world = World::new(which).await;
    let _consumer = world.consume(GROUP, Effects::of(GROUP));
    for point in [Point::BeforeSend, Point::AfterSend] {
        let mut relay = Process::start(&world.spec, Role::Relay, point);
        relay.says("started").await;
        world.announce(&["ord_1", "ord_2", "ord_1"]).await;
        relay.says(&format!("stands {point:?}")).await;
        relay.kill().await;
    }

    let _relay = world.relay();

    world.announce(&["ord_1", "ord_2", "ord_1"]).await;
    world.all_applied_once_in_order(GROUP).await;
}

async fn a_consumer_killed_between_any_two_steps_applies_everything_once(which: Which) {
    let world = World::new(which).await;
    let _relay = world.relay();
    for point in [Point::BeforeEffect, Point::AfterEffect, Point::AfterCommit] {
        let mut consumer = Process::start(&world.spec, Role::Consumer, point);
        consumer.says("started").await;
        world.announce(&["ord_1", "ord_2", "ord_1"]).await;
        consumer.says(&format!("stands {point:?}")).await;
        consumer.kill().await;
    }

    let _consumer = world.consume(GROUP, Effects::of(GROUP));

    world.announce(&["ord_1", "ord_2", "ord_1"]).await;
    world.all_applied_once_in_order(GROUP).await;
}

async fn both_killed_at_any_moment_under_load_lose_nothing(which: Which) {
    let world = World::new(which).await;
    tokio::join!(world.announce_concurrently(4, 10, 50), async {
        for done in [10, 50, 100] {
            let relay = Process::start(&world.spec, Role::Relay, Point::Nowhere);
            let consumer = Process::start(&world.spec, Role::Consumer, Point::Nowhere);
            world.wait_for_effects(GROUP, done).await;
            relay.kill().await;
            consumer.kill().await;
        }
    });

    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));

    world.all_applied_once_in_order(GROUP).await;
}
