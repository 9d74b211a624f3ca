//! Events between services: announced in the transaction that changes something, carried by a log, applied exactly
//! once by each group of consumers, in order per key.
//!
//! ```text
//! business transaction ─ Outbox::append ─▶ outbox ─ Relay ─▶ EventLog (Kafka | Postgres) ─ Consumer ─▶ effect + cursor
//! ```
//!
//! Each arrow may happen twice and none may be left out; what makes it exactly once is the end: the effect and the
//! cursor of (group, topic, key) commit together, and the sequence of the aggregate says what is new, what was seen
//! and what is missing. So every process of the chain, and the databases too, may be killed between any two steps.
//!
//! - A service creates its tables with [`schema::statements`], the Postgres log with [`log::postgres::statements`].
//! - A use case calls [`Outbox::append`] in its transaction, and [`Outbox::wake`] after the commit.
//! - [`Relay::run`] and [`Consumer::run`] run until their token is cancelled.
//! - [`parked`] is what an operator has for events that failed.

mod backoff;
mod bell;
mod consumer;
mod envelope;
mod event;
mod gauge;
mod hash;
mod health;
mod lock;
pub mod log;
mod outbox;
pub mod parked;
mod relay;
pub mod schema;
mod sql;
mod trace;

pub use backoff::Backoff;
pub use consumer::{Consumer, ConsumerConfig, EventHandler, HandlerError, ManyEvents};
pub use envelope::{Malformed, Received};
pub use event::{Change, Event, InvalidTopic, Topic};
pub use health::Health;
pub use log::{EventLog, LogError};
pub use outbox::{AppendError, MAX_EVENT_BYTES, OpenError, Outbox, OutboxConfig};
pub use relay::{Relay, RelayConfig};
pub use schema::{InvalidSchema, Schema};
