//! Products, the invitations by which a client entrusts some or all of them to a partner, the partnerships that come of
//! these, and the partner's list of clients.

pub mod app;
mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod grpc;
mod store;
mod tasks;

use std::sync::Arc;

use anyhow::Context as _;
use entente_access::links::LinkKey;
use entente_contracts::{
    GuardedPartnershipInvitationService, GuardedPartnershipService, GuardedProductService,
};
use entente_pg::Migrations;
use entente_runtime::server::{GrpcServices, Parts};
use entente_service::Context;

pub use config::Config;
pub use events::topics;

use crate::app::{App, Grants};
use crate::events::{Announcer, Directory};

/// What makes the schema of partners.
///
/// # Errors
/// Never, as every test shows: the name is a plain identifier.
pub fn migrations() -> anyhow::Result<Migrations> {
    entente_service::migrations("partners", sqlx::migrate!())
}

/// Wires the service.
///
/// # Errors
/// When a setting is missing or wrong; the message says which, and what to do.
pub async fn build(context: Context, config: Config) -> anyhow::Result<Parts> {
    let app = Arc::new(wire(&context, &config)?);
    let guard = context.peers.guard()?;
    let services = GrpcServices::new()
        .with(GuardedProductService::server(
            grpc::Products(Arc::clone(&app)),
            guard.clone(),
        ))
        .with(GuardedPartnershipInvitationService::server(
            grpc::Invitations(Arc::clone(&app)),
            guard.clone(),
        ))
        .with(GuardedPartnershipService::server(
            grpc::Partnerships(Arc::clone(&app)),
            guard,
        ));
    let parts = context.parts(services, context.peers.authentication()?);
    let directory = Directory::new(Arc::clone(&app));
    let parts = context.consumer(parts, events::GROUP, &[events::HEARD], directory)?;
    let sweeper = Arc::clone(&app);
    Ok(parts
        .task("invitation_sweeper", move |stop| {
            tasks::sweep(sweeper, config.sweep_interval, stop)
        })
        .task("partnership_recovery", move |stop| {
            tasks::recover(app, config.recovery_interval, stop)
        }))
}

fn wire(context: &Context, config: &Config) -> anyhow::Result<App> {
    let path = config
        .link_key
        .as_ref()
        .context("set ENTENTE_PARTNERS_LINK_KEY to the file with the key of links")?;
    Ok(App {
        announcer: Announcer::new(context.clone())?,
        links: LinkKey::load_or_create(path, context.random.as_ref())?,
        grants: Grants::new(context.peers.client("identity")?),
        recovery_after: config.recovery_after,
        context: context.clone(),
    })
}
