//! Changes an organization's details.

use entente_access::Access;
use entente_contracts::identity::v1::{
    UpdateOrganizationBelowRequest, UpdateOrganizationBelowResponse, UpdateOrganizationRequest,
    UpdateOrganizationResponse,
};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;
use sqlx::PgConnection;

use super::below::Above;
use super::{App, check_etag};
use crate::domain::decision::Action;
use crate::domain::email::EmailAddress;
use crate::domain::name::DisplayName;
use crate::domain::organization::Organization;
use crate::domain::slug::Slug;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::organization;

/// What to change.
#[derive(Debug, Clone)]
pub struct UpdateOrganization {
    /// Which organization.
    pub id: OrganizationId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// Its new name, if that changes.
    pub display_name: Option<DisplayName>,
    /// Its new address, if that changes; `Some(None)` takes it away.
    pub contact_email: Option<Option<EmailAddress>>,
    /// Its new front door, if that changes.
    pub slug: Option<Slug>,
    /// The new picture at it, if that changes; `Some(None)` takes it away.
    pub logo_uri: Option<Option<String>>,
}

/// Changes it.
///
/// # Errors
/// [`Error::StaleEtag`], [`Error::NameTaken`], [`Error::SlugTaken`], [`Error::Field`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: UpdateOrganization,
    once: Once<'_, UpdateOrganizationRequest>,
) -> Result<UpdateOrganizationResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.update_organization", command.id.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let before = app.lock_organization(&mut tx, access, command.id).await?;
    let after = update(app, &mut tx, access, before, command).await?;
    let answer = UpdateOrganizationResponse {
        organization: Some(convert::organization(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}

/// Changes one below another, by who stands above it.
///
/// # Errors
/// Those of [`run`]; [`Error::NotFound`] where it stands elsewhere, [`Error::PermissionMissing`].
pub async fn run_from_above(
    app: &App,
    access: &Access,
    above: OrganizationId,
    command: UpdateOrganization,
    once: Once<'_, UpdateOrganizationBelowRequest>,
) -> Result<UpdateOrganizationBelowResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.update_organization_below", above.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let place = Above::lock(app, &mut tx, access, above).await?;
    place.check_power(&mut tx, Action::Update).await?;
    let before = place.enter(&mut tx, command.id).await?;
    let after = update(app, &mut tx, access, before, command).await?;
    organization::enter(&mut tx, above).await?;
    let answer = UpdateOrganizationBelowResponse {
        organization: Some(convert::organization(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}

async fn update(
    app: &App,
    conn: &mut PgConnection,
    access: &Access,
    before: Organization,
    command: UpdateOrganization,
) -> Result<Organization, Error> {
    check_etag(&command.etag, before.version)?;
    let after = changed(&before, command)?;
    if after == before {
        return Ok(before);
    }
    let after = after.changed(app.now());
    organization::update(conn, &after).await?;
    let actor = Actor::from(access);
    app.announcer
        .organization(conn, "organization.updated", &actor, Some(&before), &after)
        .await?;
    Ok(after)
}

fn changed(before: &Organization, command: UpdateOrganization) -> Result<Organization, Error> {
    // Sub-partners and affiliates of before have none; only who takes one away is refused.
    if command.contact_email == Some(None) && before.kind.is_external() {
        return Err(Error::field(
            "organization.contact_email",
            "is missing: partners, sub-partners and affiliates are found by it, give one",
        ));
    }
    let contact_email = command
        .contact_email
        .unwrap_or_else(|| before.contact_email.clone());
    Ok(Organization {
        display_name: command
            .display_name
            .unwrap_or_else(|| before.display_name.clone()),
        contact_email,
        slug: command.slug.unwrap_or_else(|| before.slug.clone()),
        logo_uri: command.logo_uri.unwrap_or_else(|| before.logo_uri.clone()),
        ..before.clone()
    })
}
