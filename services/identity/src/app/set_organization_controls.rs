//! Says what an organization's people are held to, whatever their roles.

use entente_access::Access;
use entente_contracts::identity::v1::{SetOrganizationControlsRequest, SetOrganizationControlsResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::below::Above;
use super::{App, check_etag, organization_change};
use crate::domain::decision::{Change, Controls};
use crate::domain::organization::{Organization, OrganizationKind};
use crate::error::Error;
use crate::grpc::convert;
use crate::store::organization;

/// What to set.
#[derive(Debug, Clone)]
pub struct SetOrganizationControls {
    /// Who says so.
    pub operator: OrganizationId,
    /// Of which organization.
    pub organization: OrganizationId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// What is the operator's to say of it.
    pub controls: Controls,
}

/// Sets it, in force before the answer; a partner's sub-partners are bound by it too.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Field`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: SetOrganizationControls,
    once: Once<'_, SetOrganizationControlsRequest>,
) -> Result<SetOrganizationControlsResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.set_organization_controls", command.operator.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let operator = Above::lock_operator(app, &mut tx, access, command.operator).await?;
    let before = operator.enter(&mut tx, command.organization).await?;
    check_etag(&command.etag, before.version)?;
    check_flags(before.kind, &command.controls)?;
    let wanted = bounded(&mut tx, &before, command.controls).await?;
    let setter = Setter {
        app,
        actor: Actor::from(access),
        now,
    };
    let mut changes = Vec::new();
    let after = setter.set(&mut tx, before, wanted, &mut changes).await?;
    if after.kind == OrganizationKind::Partner {
        for id in organization::list_sub_partners(&mut tx, after.id).await? {
            organization::enter(&mut tx, id).await?;
            let Some(sub_partner) = organization::lock(&mut tx, id).await? else {
                continue;
            };
            let bounded = sub_partner.controls.clone().within(&after.controls);
            setter.set(&mut tx, sub_partner, bounded, &mut changes).await?;
        }
    }
    organization::enter(&mut tx, command.operator).await?;
    let answer = SetOrganizationControlsResponse {
        organization: Some(convert::organization(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &changes, now).await?;
    Ok(answer)
}

/// Delegation is between the operator and a partner's administrators: elsewhere there is nothing to delegate.
///
/// # Errors
/// [`Error::Field`].
pub(super) fn check_flags(kind: OrganizationKind, controls: &Controls) -> Result<(), Error> {
    if kind.is_external() || controls.delegation.is_empty() {
        return Ok(());
    }
    Err(Error::field(
        "controls.delegation",
        "is for partners, sub-partners and affiliates: leave it empty here",
    ))
}

/// A sub-partner is held to what its partner is held to as well.
async fn bounded(conn: &mut PgConnection, before: &Organization, asked: Controls) -> Result<Controls, Error> {
    let wanted = Controls {
        second_factor: before.controls.second_factor,
        modules_off: before.controls.modules_off,
        ..asked
    };
    let Some(parent) = before
        .parent
        .filter(|_| before.kind == OrganizationKind::SubPartner)
    else {
        return Ok(wanted);
    };
    organization::enter(conn, parent).await?;
    let above = organization::find(conn, parent)
        .await?
        .ok_or(Error::NotFound("organization"))?;
    organization::enter(conn, before.id).await?;
    Ok(wanted.within(&above.controls))
}

struct Setter<'a> {
    app: &'a App,
    actor: Actor,
    now: Timestamp,
}

impl Setter<'_> {
    async fn set(
        &self,
        conn: &mut PgConnection,
        before: Organization,
        controls: Controls,
        changes: &mut Vec<Change>,
    ) -> Result<Organization, Error> {
        if before.controls == controls {
            return Ok(before);
        }
        let after = Organization {
            controls,
            ..before.clone()
        }
        .changed(self.now);
        organization::update(conn, &after).await?;
        self.app
            .announcer
            .organization(
                conn,
                "organization.controls_set",
                &self.actor,
                Some(&before),
                &after,
            )
            .await?;
        changes.push(organization_change(&after));
        Ok(after)
    }
}
