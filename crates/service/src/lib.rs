//! What every service is built from, and what every service has: its database, its outbox and relay, the event log, the
//! way to the other services, and the readiness of all of it.
//!
//! ```text
//! pub async fn build(context: Context, config: Config) -> anyhow::Result<Parts> {
//!     let services = GrpcServices::new().with(GuardedProductService::server(handlers, context.peers.guard()?));
//!     let parts = context.parts(services, context.peers.authentication()?);
//!     Ok(context.consumer(parts, "partners.directory", &["entente.identity.organization.v1"], handler)?)
//! }
//! ```
//! A use case announces what it changed in its transaction with [`Context::announce`], and after the commit calls
//! `context.outbox.wake()`.

mod announce;
mod context;
pub mod failure;
mod parts;
mod peers;

pub use announce::{Actor, Announcement, changes};
pub use context::{Context, SHARDS, migrations};
pub use peers::Peers;
