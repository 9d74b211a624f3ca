//! Changes an organization's details.

use entente_access::Access;
use entente_contracts::identity::v1::{UpdateOrganizationRequest, UpdateOrganizationResponse};
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::{App, Once, check_etag};
use crate::domain::email::EmailAddress;
use crate::domain::name::DisplayName;
use crate::domain::organization::{Organization, OrganizationKind};
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
    check_etag(&command.etag, before.version)?;
    let mut after = changed(&before, command)?;
    if after != before {
        after.version = before.version.saturating_add(1);
        after.updated_at = app.now();
        organization::update(&mut tx, &after).await?;
        let actor = Actor::from(access);
        app.announcer
            .organization(&mut tx, "organization.updated", &actor, Some(&before), &after)
            .await?;
    }
    let answer = UpdateOrganizationResponse {
        organization: Some(convert::organization(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}

fn changed(before: &Organization, command: UpdateOrganization) -> Result<Organization, Error> {
    let contact_email = command
        .contact_email
        .unwrap_or_else(|| before.contact_email.clone());
    if contact_email.is_none() && before.kind == OrganizationKind::Partner {
        return Err(Error::field(
            "organization.contact_email",
            "is missing: a partner is found by it, give one",
        ));
    }
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
