//! What the tests share.

mod broker;
mod cluster;
mod database;
mod handlers;
mod wait;
mod world;

pub use broker::Broker;
pub use cluster::Cluster;
pub use database::Database;
pub use handlers::{Effects, Faults};
pub use wait::{DEADLINE, until};
pub use world::{GROUP, Parts, Running, Spec, Which, World, event, orders, relay_config, topic};

/// Makes two tests of one, so that no log is left out.
macro_rules! on_both_logs {
    ($($name:ident),* $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                super::$name($crate::support::Which::Postgres).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_kafka() {
                super::$name($crate::support::Which::Kafka).await;
            }
        })*
    };
}
