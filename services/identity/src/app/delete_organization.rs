//! Deletes an organization, by who stands above it: all access to it and by it ends before the answer.

use entente_access::Access;
use entente_contracts::identity::v1::{DeleteOrganizationRequest, DeleteOrganizationResponse};
use entente_idempotency::Once;
use entente_service::Actor;

use super::below::Above;
use super::change_organization_state::OrganizationBelow;
use super::sign_out::end_session;
use super::{App, check_etag, organization_change};
use crate::domain::decision::Action;
use crate::domain::organization::{Organization, OrganizationState};
use crate::error::Error;
use crate::grpc::convert;
use crate::store::{organization, session};

/// Deletes it, and ends every session in which somebody acts there. Its members stay in its history; what stands below it
/// has to go first, so that nothing is left without a parent.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PermissionMissing`], [`Error::StaleEtag`], [`Error::NotEmpty`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: OrganizationBelow,
    once: Once<'_, DeleteOrganizationRequest>,
) -> Result<DeleteOrganizationResponse, Error> {
    let now = app.now();
    let actor = Actor::from(access);
    let mut tx = app
        .database()
        .tenant("identity.delete_organization", command.above.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let above = Above::lock(app, &mut tx, access, command.above).await?;
    above.check_power(&mut tx, Action::Delete).await?;
    let before = above.enter(&mut tx, command.id).await?;
    check_etag(&command.etag, before.version)?;
    if organization::has_children(&mut tx, before.id).await? {
        return Err(Error::NotEmpty);
    }
    let after = Organization {
        state: OrganizationState::Deleted,
        ..before.clone()
    }
    .changed(now);
    organization::update(&mut tx, &after).await?;
    app.announcer
        .organization(&mut tx, "organization.deleted", &actor, Some(&before), &after)
        .await?;
    let mut changes = vec![organization_change(&after)];
    for session in session::lock_alive_in(&mut tx, after.id, now).await? {
        changes.push(end_session(app, &mut tx, &actor, &session, now).await?);
    }
    organization::enter(&mut tx, command.above).await?;
    let answer = DeleteOrganizationResponse {
        organization: Some(convert::organization(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &changes, now).await?;
    Ok(answer)
}
