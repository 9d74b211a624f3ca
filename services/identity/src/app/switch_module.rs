//! Switches a module on or off in an organization.

use entente_access::Access;
use entente_contracts::identity::v1::{SwitchModuleRequest, SwitchModuleResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::{App, check_etag, organization_change};
use crate::domain::decision::Module;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::{organization, revision};

/// What to switch.
#[derive(Debug, Clone)]
pub struct SwitchModule {
    /// Where.
    pub organization: OrganizationId,
    /// Which module.
    pub module: Module,
    /// How.
    pub to: Switch,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
}

/// The two ways of a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// In use.
    On,
    /// Closed to everybody.
    Off,
}

/// Switches it. Off holds for every decision when it returns.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: SwitchModule,
    once: Once<'_, SwitchModuleRequest>,
) -> Result<SwitchModuleResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.switch_module", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let before = app
        .lock_organization(&mut tx, access, command.organization)
        .await?;
    check_etag(&command.etag, before.version)?;
    let mut after: Organization = before.clone();
    after.controls.modules_off = match command.to {
        Switch::On => before.controls.modules_off.without(command.module),
        Switch::Off => before.controls.modules_off.with(command.module),
    };
    if after == before {
        let answer = convert::switched(&after);
        once.remember(&mut tx, &answer).await?;
        return app.again(tx, answer).await;
    }
    after.version = before.version.saturating_add(1);
    after.updated_at = now;
    organization::update(&mut tx, &after).await?;
    let actor = Actor::from(access);
    app.announcer
        .organization(&mut tx, "organization.updated", &actor, Some(&before), &after)
        .await?;
    let answer = convert::switched(&after);
    once.remember(&mut tx, &answer).await?;
    let revision = revision::append(&mut tx, &[organization_change(&after)], now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}
