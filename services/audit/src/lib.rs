//! audit: the trail of what happened. It hears every topic, keeps each event once for each organization that it
//! concerns, linked into that organization's hash chain, and lets the organization read it.

mod app;
mod config;
mod domain;
mod error;
mod events;
mod grpc;
mod store;

use entente_contracts::GuardedAuditService;
use entente_events::Topic;
use entente_pg::Migrations;
use entente_runtime::server::{GrpcServices, Parts};
use entente_service::Context;

pub use app::verify_trail::{Finding, Fraud, verify_trail, verify_trail_of};
pub use config::Config;
pub use domain::chain::{Break, Hash, Head, Link, Verification, verify};
pub use domain::event::Event;
pub use error::Error;

/// The schema of the service.
///
/// # Errors
/// Never, as its name is a plain identifier.
pub fn migrations() -> anyhow::Result<Migrations> {
    entente_service::migrations("audit", sqlx::migrate!())
}

/// What it announces: nothing.
pub fn topics() -> Vec<Topic> {
    Vec::new()
}

/// Wires the service.
///
/// # Errors
/// When it isn't configured where identity is.
pub async fn build(context: Context, _: Config) -> anyhow::Result<Parts> {
    let handlers = grpc::Handlers::new(context.database.clone());
    let services = GrpcServices::new().with(GuardedAuditService::server(handlers, context.peers.guard()?));
    let parts = context.parts(services, context.peers.authentication()?);
    context.consumer(parts, "audit", &events::TOPICS, events::Recorder)
}
