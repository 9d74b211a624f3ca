//! The Kafka broker itself is killed.

use crate::support::{Broker, Effects, GROUP, World};

const OTHER_GROUP: &str = "notifications";

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

/// It can't leave its group then, and neither its closing nor the end of its process waits for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_ends_whose_broker_is_gone() {
    let broker = Broker::start().await;
    let world = World::on_broker(broker.address()).await;
    let consumer = world.consume(GROUP, Effects::of(GROUP));
    let abandoned = world.consume(OTHER_GROUP, Effects::of(OTHER_GROUP));
    let relay = world.relay();
    world.announce(&["ord_1", "ord_2"]).await;
    world.wait_for_effects(GROUP, 2).await;
    world.wait_for_effects(OTHER_GROUP, 2).await;
    broker.kill().await;

    consumer.stop().await;
    relay.stop().await;
    // The runtime of this test drops it where it stands, and ends all the same.
    drop(abandoned);
}
