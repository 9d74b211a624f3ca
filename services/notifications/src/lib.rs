//! notifications: tells people what concerns them, in the app and by mail.
//!
//! ```text
//! event log ─ Listener ─▶ intent ─ dispatcher (asks who is to be told) ─▶ notification, delivery ─ sender ─▶ mail
//! ```
//! Each arrow may be repeated, and none has an effect twice, but for the last: see [`mail::Mailer`].

pub mod app;
mod config;
mod directory;
pub mod domain;
mod error;
mod events;
mod grpc;
pub mod mail;
mod store;
pub mod text;
mod worker;

use std::sync::Arc;

use entente_contracts::GuardedNotificationService;
use entente_events::Topic;
use entente_pg::Migrations;
use entente_runtime::server::{GrpcServices, Parts};
use entente_service::Context;

pub use config::{Config, InvalidPublicUrl, PublicUrl};

use crate::app::{App, sweep};
use crate::events::Listener;
use crate::worker::{Deliveries, Intents};

/// The schema of the service.
///
/// # Errors
/// Never, as its name is a plain identifier.
pub fn migrations() -> anyhow::Result<Migrations> {
    entente_service::migrations("notifications", sqlx::migrate!())
}

/// What it announces: nothing.
pub fn topics() -> Vec<Topic> {
    Vec::new()
}

/// Wires the service.
///
/// # Errors
/// When a setting is missing or wrong; the message says which, and what to do.
pub async fn build(context: Context, config: Config) -> anyhow::Result<Parts> {
    let sweep_interval = config.sweep_interval;
    let app = Arc::new(App::new(context.clone(), config)?);
    let handlers = grpc::Handlers(Arc::clone(&app));
    let services = GrpcServices::new().with(GuardedNotificationService::server(
        handlers,
        context.peers.guard()?,
    ));
    let (intents, deliveries) = (Intents(Arc::clone(&app)), Deliveries(Arc::clone(&app)));
    let parts = context
        .parts(services, context.peers.authentication()?)
        .task("dispatcher", |stop| worker::run(intents, stop))
        .task("sender", |stop| worker::run(deliveries, stop))
        .task("sweeper", move |stop| async move {
            sweep::run(&app, sweep_interval, stop).await;
            Ok(())
        });
    context.consumer(
        parts,
        events::GROUP,
        &events::TOPICS,
        Listener::new(context.clock.clone()),
    )
}
