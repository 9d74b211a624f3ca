//! What the tests stand on: an installation, people in it, and ways to see what they are told.

mod collector;
mod controls;
mod history;
mod installation;
mod mailbox;
mod mandate;
mod market;
mod person;
mod processes;
mod program;
mod rest;
mod site;
mod told;
mod trail;
mod wait;

pub use collector::{Collector, Span};
pub use controls::delegate;
pub use history::{History, now};
pub use installation::Installation;
pub use mandate::{Mandate, entrust};
pub use market::{Company, Market, join};
pub use person::Person;
pub use processes::{Processes, SERVICES};
pub use program::{checkout, program};
pub use rest::{Answer, Rest};
pub use site::Site;
pub use told::Told;
pub use trail::{change, trail, trail_is};
pub use wait::{PATIENCE, eventually};

/// Which event log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// The one in Postgres.
    Postgres,
    /// Kafka.
    Kafka,
}

/// Makes of each `async fn name(log: Log)` a test for each log.
macro_rules! on_both_logs {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_the_postgres_log() {
                super::$name($crate::support::Log::Postgres).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_kafka() {
                super::$name($crate::support::Log::Kafka).await;
            }
        })+
    };
}
