//! billing: an account for each organization, and the gate that it opens once it is set up.

mod app;
mod config;
mod domain;
mod error;
mod events;
mod grpc;
mod store;

use anyhow::Context as _;
use entente_contracts::GuardedBillingAccountService;
use entente_envelope::Envelope;
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
/// When it isn't configured where identity is, or a key can't be read or made; the message says what to do.
pub async fn build(context: Context, config: Config) -> anyhow::Result<Parts> {
    let key = config
        .envelope_key
        .context("set --billing-envelope-key to the file of the key")?;
    let envelope = Envelope::load_or_create(&key, &config.former_envelope_keys, context.random.clone())?;
    let app = app::App::new(context.clone(), envelope)?;
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
