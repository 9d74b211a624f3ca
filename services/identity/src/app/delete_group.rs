//! Deletes a group: who was in it loses what it gave.

use entente_access::Access;
use entente_contracts::identity::v1::{DeleteGroupRequest, DeleteGroupResponse};
use entente_idempotency::Once;
use entente_ids::{GroupId, OrganizationId};
use entente_service::Actor;

use super::{App, check_etag};
use crate::domain::decision::Change;
use crate::error::Error;
use crate::store::{group, revision};

/// Which group to delete.
#[derive(Debug, Clone)]
pub struct DeleteGroup {
    /// Where.
    pub organization: OrganizationId,
    /// Which group.
    pub id: GroupId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
}

/// Deletes the group. For decisions that is one change however many are in it, and it is in force when this returns.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`] for roles that the caller can't take away,
/// [`Error::GroupResponsible`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: DeleteGroup,
    once: Once<'_, DeleteGroupRequest>,
) -> Result<DeleteGroupResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.delete_group", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = group::find(&mut tx, command.organization, command.id)
        .await?
        .ok_or(Error::NotFound("group"))?;
    check_etag(&command.etag, before.version)?;
    let own = app.own_authority(&mut tx, access, command.organization).await?;
    app.check_held(own, command.organization, &before.roles)?;
    check_looks_after_nobody(app, command.id).await?;
    group::delete(&mut tx, command.organization, command.id).await?;
    let actor = Actor::from(access);
    app.announcer
        .group(&mut tx, "group.deleted", &actor, Some(&before), None)
        .await?;
    let answer = DeleteGroupResponse {};
    once.remember(&mut tx, &answer).await?;
    let change = Change::Group {
        organization: command.organization,
        group: command.id,
        roles: Vec::new(),
    };
    let revision = revision::append(&mut tx, &[change], now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}

/// Whom it looks after stands in organizations that only the worker sees. Who is named in between is left with nobody.
async fn check_looks_after_nobody(app: &App, id: GroupId) -> Result<(), Error> {
    let mut tx = app.database().system("identity.find_looked_after").await?;
    if group::looks_after_any(&mut tx, id).await? {
        return Err(Error::GroupResponsible);
    }
    Ok(())
}
