//! billing: an account for each organization, and the gate that it opens once it is set up.

mod app;
mod config;
mod domain;
mod error;
mod events;
mod grpc;
mod store;

use entente_contracts::GuardedBillingAccountService;
use entente_events::Topic;
use entente_pg::Migrations;
use entente_runtime::server::{GrpcServices, Parts};
use entente_service::Context;

pub use config::Config;
pub use error::Error;

/// The schema of the service.
///
/// # Errors
/// Never, as its name is a plain identifier.
pub fn migrations() -> anyhow::Result<Migrations> {
    entente_service::migrations("billing", sqlx::migrate!())
}

/// What it announces.
pub fn topics() -> Vec<Topic> {
    events::topic().into_iter().collect()
}

/// Wires the service.
///
/// # Errors
/// When it isn't configured where identity is.
pub async fn build(context: Context, _: Config) -> anyhow::Result<Parts> {
    let app = app::App::new(context.clone())?;
    let handlers = grpc::Handlers::new(app.clone());
    let services = GrpcServices::new().with(GuardedBillingAccountService::server(
        handlers,
        context.peers.guard()?,
    ));
    let parts = context.parts(services, context.peers.authentication()?);
    let recovery = app.clone();
    let parts = parts.task("gate_recovery", move |stop| async move {
        app::push_gates::run(&recovery, stop).await;
        Ok(())
    });
    context.consumer(parts, "billing", &[events::HEARD], events::Opener::new(app))
}
