//! Changes a custom role, and with it what all who have it may do.

use entente_access::Access;
use entente_contracts::identity::v1::{UpdateRoleRequest, UpdateRoleResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::create_role::append;
use super::list_roles::{Shown, with_holders};
use super::{App, check_etag};
use crate::domain::custom_role::{CustomRole, check_permissions, is_reserved};
use crate::domain::decision::PermissionSet;
use crate::domain::name::DisplayName;
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::store::role;

/// What to change.
#[derive(Debug, Clone)]
pub struct UpdateRole {
    /// Where.
    pub organization: OrganizationId,
    /// Which role.
    pub role: RoleRef,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// The new name, if that changes.
    pub display_name: Option<DisplayName>,
    /// What it is for, if that changes.
    pub description: Option<String>,
    /// What it is to hold, if that changes.
    pub permissions: Option<PermissionSet>,
}

/// Changes the role. What it takes away is gone when this returns, whoever has it.
///
/// # Errors
/// [`Error::RoleBuiltIn`], [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`] for more than the caller holds,
/// [`Error::Taken`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: UpdateRole,
    once: Once<'_, UpdateRoleRequest>,
) -> Result<UpdateRoleResponse, Error> {
    let RoleRef::Custom(id) = command.role else {
        return Err(Error::RoleBuiltIn);
    };
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.update_role", command.organization.uuid())
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

    let permissions = command.permissions.unwrap_or(before.permissions);
    let own = app.authority(&mut tx, access, command.organization).await?;
    check_permissions(own.map(|own| own.rights), before.permissions, permissions)?;
    let after = CustomRole {
        display_name: command
            .display_name
            .unwrap_or_else(|| before.display_name.clone()),
        description: command.description.unwrap_or_else(|| before.description.clone()),
        permissions,
        ..before.clone()
    };
    if is_reserved(&after.display_name) {
        return Err(Error::Taken("role"));
    }
    let changes = after != before;
    let after = CustomRole {
        version: before.version.saturating_add(i64::from(changes)),
        updated_at: if changes { now } else { before.updated_at },
        ..after
    };
    if changes {
        role::update(&mut tx, &after).await?;
        let actor = Actor::from(access);
        app.announcer
            .role(&mut tx, "role.updated", &actor, Some(&before), &after)
            .await?;
    }
    let counted = with_holders(&mut tx, command.organization, vec![Shown::Custom(after.clone())]).await?;
    let holders = counted.first().map(|(_, holders)| *holders).unwrap_or_default();
    let answer = UpdateRoleResponse {
        role: Some(messages::custom_role(&after, holders)),
    };
    once.remember(&mut tx, &answer).await?;
    if after.permissions == before.permissions {
        return app.again(tx, answer).await;
    }
    let revision = append(app, &mut tx, &after).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}
