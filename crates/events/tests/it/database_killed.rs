//! The database server itself is killed.

use crate::support::{Cluster, Database, Effects, GROUP, Which, World};

on_both_logs!(a_database_killed_at_any_moment_loses_nothing);

/// With the Postgres log, the outbox, the log, the cursors and the effects all go down together.
async fn a_database_killed_at_any_moment_loses_nothing(which: Which) {
    let mut cluster = Cluster::start().await;
    let world = World::over(which, Database::create_on(cluster.options()).await).await;
    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));
    tokio::join!(world.announce_concurrently(4, 10, 60), async {
        for done in [20, 80, 140] {
            world.wait_for_effects(GROUP, done).await;
            cluster.kill_and_restart().await;
        }
    });

    world.all_applied_once_in_order(GROUP).await;
}
