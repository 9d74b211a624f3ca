//! Deletes a custom role: who has it is left without one.

use entente_access::Access;
use entente_contracts::identity::v1::{DeleteRoleRequest, DeleteRoleResponse};
use entente_idempotency::Once;
use entente_ids::{OrganizationId, RoleId};
use entente_pg::Tx;
use entente_service::Actor;
use jiff::Timestamp;

use super::giving::group_change;
use super::{App, check_etag};
use crate::domain::custom_role::check_permissions;
use crate::domain::decision::Change;
use crate::domain::group::Group;
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::store::{group, revision, role};

/// Which role to delete.
#[derive(Debug, Clone)]
pub struct DeleteRole {
    /// Where.
    pub organization: OrganizationId,
    /// Which role.
    pub role: RoleRef,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
}

/// Which role is lost, by whom, and when.
struct Loss<'a> {
    organization: OrganizationId,
    role: RoleId,
    actor: &'a Actor,
    now: Timestamp,
}

/// Deletes the role. For decisions that is one change however many have it, and it is in force when this returns. The audit
/// trail has it once as well: with many thousand members an event for each would hold the line of the organization for
/// minutes.
///
/// # Errors
/// [`Error::RoleBuiltIn`], [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`] for a role that holds more than
/// the caller, or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: DeleteRole,
    once: Once<'_, DeleteRoleRequest>,
) -> Result<DeleteRoleResponse, Error> {
    let RoleRef::Custom(id) = command.role else {
        return Err(Error::RoleBuiltIn);
    };
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.delete_role", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = role::find(&mut tx, command.organization, id)
        .await?
        .ok_or(Error::NotFound("role"))?;
    check_etag(&command.etag, before.version)?;
    let own = app.authority(&mut tx, access, command.organization).await?;
    check_permissions(own.map(|own| own.rights), before.permissions, before.permissions)?;

    let actor = Actor::from(access);
    let loss = Loss {
        organization: command.organization,
        role: id,
        actor: &actor,
        now,
    };
    let holders = role::leave(&mut tx, command.organization, id, now).await?;
    let mut answer = DeleteRoleResponse {
        member_count: holders.members,
        service_account_count: holders.service_accounts,
        group_count: 0,
    };
    let mut changes = vec![Change::Role {
        organization: command.organization,
        role: id,
        permissions: None,
    }];
    for group in leave_groups(app, &mut tx, &loss).await? {
        answer.group_count = answer.group_count.saturating_add(1);
        changes.push(group_change(&group));
    }
    role::delete(&mut tx, command.organization, id).await?;
    app.announcer
        .role_deleted(&mut tx, &actor, &before, holders)
        .await?;
    once.remember(&mut tx, &answer).await?;
    let revision = revision::append(&mut tx, &changes, now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}

async fn leave_groups(app: &App, tx: &mut Tx, loss: &Loss<'_>) -> Result<Vec<Group>, Error> {
    let lost = RoleRef::Custom(loss.role);
    let mut left = Vec::new();
    for before in group::list_with_role(tx, loss.organization, lost).await? {
        let mut after = before.clone().changed(loss.now);
        after.roles.retain(|role| *role != lost);
        group::update(tx, &after).await?;
        app.announcer
            .group(tx, "group.updated", loss.actor, Some(&before), Some(&after))
            .await?;
        left.push(after);
    }
    Ok(left)
}
