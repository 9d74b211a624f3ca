//! The Kafka broker itself is killed.

use crate::support::{Broker, Effects, GROUP, World};

/// What was acknowledged is in its log, what was not stays in the outbox; relay and consumer come back by themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_killed_under_load_loses_nothing() {
    let broker = Broker::start().await;
    let world = World::on_broker(broker.address()).await;
    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));
    // Announcing goes on meanwhile: it needs the database alone.
    tokio::join!(world.announce_concurrently(4, 10, 60), async {
        world.wait_for_effects(GROUP, 20).await;
        broker.kill_and_restart().await;
    });

    world.all_applied_once_in_order(GROUP).await;
}
