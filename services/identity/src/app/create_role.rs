//! Makes a custom role.

use entente_access::Access;
use entente_contracts::identity::v1::{CreateRoleRequest, CreateRoleResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_pg::Tx;
use entente_service::Actor;

use super::App;
use crate::domain::custom_role::{self, CustomRole, check_permissions, is_reserved};
use crate::domain::decision::{Change, PermissionSet, Revision};
use crate::domain::name::DisplayName;
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::store::role::Holders;
use crate::store::{revision, role};

/// What to make.
#[derive(Debug, Clone)]
pub struct CreateRole {
    /// Where.
    pub organization: OrganizationId,
    /// Its name.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: String,
    /// What it is to hold.
    pub permissions: PermissionSet,
}

/// Makes the role.
///
/// # Errors
/// [`Error::Member`] for more than the caller holds, [`Error::Taken`], [`Error::Full`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: CreateRole,
    once: Once<'_, CreateRoleRequest>,
) -> Result<CreateRoleResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.create_role", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let made = make(app, access, &mut tx, command).await?;
    let answer = CreateRoleResponse {
        role: Some(messages::custom_role(&made, Holders::default())),
    };
    once.remember(&mut tx, &answer).await?;
    let revision = append(app, &mut tx, &made).await?;
    tx.commit().await?;
    app.given(revision).await;
    Ok(answer)
}

/// Adds a role in the caller's transaction, which stands in line.
pub(super) async fn make(
    app: &App,
    access: &Access,
    tx: &mut Tx,
    command: CreateRole,
) -> Result<CustomRole, Error> {
    let now = app.now();
    let own = app.authority(tx, access, command.organization).await?;
    check_permissions(
        own.map(|own| own.rights),
        PermissionSet::default(),
        command.permissions,
    )?;
    if is_reserved(&command.display_name) {
        return Err(Error::Taken("role"));
    }
    if role::count(tx, command.organization).await? >= custom_role::MOST {
        return Err(Error::Full("roles"));
    }
    let made = CustomRole {
        id: app.new_id(now),
        organization: command.organization,
        display_name: command.display_name,
        description: command.description,
        permissions: command.permissions,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    role::add(tx, &made).await?;
    let actor = Actor::from(access);
    app.announcer
        .role(tx, "role.created", &actor, None, &made)
        .await?;
    Ok(made)
}

pub(super) async fn append(app: &App, tx: &mut Tx, role: &CustomRole) -> Result<Revision, Error> {
    let change = Change::Role {
        organization: role.organization,
        role: role.id,
        permissions: Some(role.permissions),
    };
    Ok(revision::append(tx, &[change], app.now()).await?)
}
