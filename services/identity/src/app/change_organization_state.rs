//! Suspends and resumes an organization, by who stands above it.

use entente_access::Access;
use entente_contracts::Repeatable;
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;
use prost::Message;

use super::below::Above;
use super::{App, check_etag, organization_change};
use crate::domain::decision::Action;
use crate::domain::organization::{Organization, OrganizationState};
use crate::error::Error;
use crate::store::organization;

/// Which organization, and from where.
#[derive(Debug, Clone)]
pub struct OrganizationBelow {
    /// An organization above it.
    pub above: OrganizationId,
    /// Which one.
    pub id: OrganizationId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
}

/// Which way its state goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Writes are refused from here on.
    Suspend,
    /// They aren't any more.
    Resume,
}

impl Turn {
    fn state(self) -> OrganizationState {
        match self {
            Self::Suspend => OrganizationState::Suspended,
            Self::Resume => OrganizationState::Active,
        }
    }

    fn event(self) -> &'static str {
        match self {
            Self::Suspend => "organization.suspended",
            Self::Resume => "organization.resumed",
        }
    }
}

/// Changes the state, in force before the answer. Where it is so already nothing happens.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PermissionMissing`], [`Error::StaleEtag`], or a failure beneath.
pub async fn run<Q: Repeatable, A: Message + Default>(
    app: &App,
    access: &Access,
    command: OrganizationBelow,
    turn: Turn,
    answer: impl Fn(&Organization) -> A,
    once: Once<'_, Q>,
) -> Result<A, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.change_organization_state", command.above.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let above = Above::lock(app, &mut tx, access, command.above).await?;
    above.check_power(&mut tx, Action::Update).await?;
    let before = above.enter(&mut tx, command.id).await?;
    if before.state == turn.state() {
        organization::enter(&mut tx, command.above).await?;
        return app.unchanged(tx, &once, answer(&before)).await;
    }
    check_etag(&command.etag, before.version)?;
    let after = Organization {
        state: turn.state(),
        ..before.clone()
    }
    .changed(now);
    organization::update(&mut tx, &after).await?;
    app.announcer
        .organization(&mut tx, turn.event(), &Actor::from(access), Some(&before), &after)
        .await?;
    organization::enter(&mut tx, command.above).await?;
    let answer = answer(&after);
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &[organization_change(&after)], now).await?;
    Ok(answer)
}
