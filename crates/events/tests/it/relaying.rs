//! What a relay does when it can't go on, and when it ends.

use std::sync::Arc;
use std::time::Duration;

use entente_events::log::kafka::{KafkaLog, KafkaLogConfig};
use entente_events::{Relay, RelayConfig};

use crate::support::{Effects, GROUP, Running, Which, World, relay_config, until};

on_both_logs!(
    a_relay_that_ends_frees_its_shards_at_once,
    connections_that_are_cut_lose_nothing,
    an_outbox_that_fills_up_is_reported,
);

async fn a_relay_that_ends_frees_its_shards_at_once(which: Which) {
    let world = World::new(which).await;
    let _consumer = world.consume(GROUP, Effects::of(GROUP));
    let first = world.relay();
    world.announce(&["ord_1", "ord_2"]).await;
    world.all_applied_once_in_order(GROUP).await;

    first.stop().await;

    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                 (SELECT oid FROM pg_database WHERE datname = current_database())";
    // What is left are the partitions that the consumer reads on the Postgres log.
    let consumers = if which == Which::Postgres { 2 } else { 0 };
    until("the locks to be free", async || {
        world.number(locks).await.filter(|held| *held == consumers)
    })
    .await;
    let _second = world.relay();
    world.announce(&["ord_1", "ord_2"]).await;
    world.all_applied_once_in_order(GROUP).await;
}

/// Every connection of the service and of the Postgres log, again and again: those with the locks, those in a
/// transaction, those that listen.
async fn connections_that_are_cut_lose_nothing(which: Which) {
    let world = World::new(which).await;
    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename <> current_user";
    tokio::join!(world.announce_concurrently(4, 10, 60), async {
        for done in [20, 60, 100, 140, 180] {
            world.wait_for_effects(GROUP, done).await;
            world.number(cut).await;
        }
    });

    world.all_applied_once_in_order(GROUP).await;
}

async fn an_outbox_that_fills_up_is_reported(which: Which) {
    let world = World::new(which).await;
    // Nobody listens at the discard port.
    let mut away = KafkaLogConfig::new("127.0.0.1:9");
    away.watchdog = Duration::from_millis(200);
    let config = RelayConfig {
        saturated_depth: 20,
        ..relay_config()
    };
    let log = Arc::new(KafkaLog::new(away).unwrap());
    let stuck = Relay::new(
        world.parts.outbox.clone(),
        world.parts.worker.clone(),
        log,
        config,
    );
    let watched = stuck.clone();
    let stuck = Running::start(|cancel| stuck.run(cancel));
    world.announce(&["ord_1"]).await;
    assert_eq!(watched.saturated(), None);

    world.announce_concurrently(2, 5, 20).await;

    let alarm = until("the alarm", async || watched.saturated()).await;
    assert!(
        alarm.contains("20 events or more wait in the outbox of orders"),
        "{alarm}"
    );
    assert!(!watched.health().reasons().is_empty());
    stuck.stop().await;
    let relay = world.parts.relay();
    let watched = relay.clone();
    let _running = (
        Running::start(|cancel| relay.run(cancel)),
        world.consume(GROUP, Effects::of(GROUP)),
    );
    world.all_applied_once_in_order(GROUP).await;
    until("the alarm to end", async || {
        watched.health().reasons().is_empty().then_some(())
    })
    .await;
}

/// Kafka takes a connection and answers nothing: the producer waits for good, the watchdog does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kafka_that_hangs_stops_the_shard_and_is_reported() {
    let world = World::new(Which::Kafka).await;
    let hung = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = KafkaLogConfig::new(hung.local_addr().unwrap().to_string());
    config.watchdog = Duration::from_millis(200);
    config.prefix.clone_from(&world.spec.prefix);
    let log = KafkaLog::new(config).unwrap();
    let records = [crate::consuming::record("ord_1", 1)];

    let appended = entente_events::EventLog::append(&log, &records).await;

    assert_eq!(appended.acknowledged, 0);
    assert!(
        appended
            .failure
            .unwrap()
            .to_string()
            .contains("acknowledged nothing")
    );
    let again = entente_events::EventLog::append(&log, &records).await;
    assert_eq!(again.acknowledged, 0);
}
