//! Makes a custom role that holds what another one does.

use entente_access::Access;
use entente_contracts::identity::v1::{CloneRoleRequest, CloneRoleResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;

use super::App;
use super::create_role::{CreateRole, append, make};
use crate::domain::name::DisplayName;
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::store::role::{self, Holders};

/// What to copy.
#[derive(Debug, Clone)]
pub struct CloneRole {
    /// Where.
    pub organization: OrganizationId,
    /// Which role.
    pub source: RoleRef,
    /// The name of the copy.
    pub display_name: DisplayName,
}

/// Makes the copy; whatever becomes of its source, it stays as it is.
///
/// # Errors
/// [`Error::NotFound`], and as for making a role.
pub async fn run(
    app: &App,
    access: &Access,
    command: CloneRole,
    once: Once<'_, CloneRoleRequest>,
) -> Result<CloneRoleResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.clone_role", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let (permissions, description) = match command.source {
        RoleRef::Custom(id) => role::find(&mut tx, command.organization, id)
            .await?
            .map(|source| (source.permissions, source.description)),
        // A custom role holds the same everywhere, so it gets what holds everywhere.
        RoleRef::BuiltIn(_) => app
            .engine
            .rights_of_role(command.organization, command.source)
            .map(|rights| (rights.home.intersection(rights.clients), String::new())),
    }
    .ok_or(Error::NotFound("role"))?;
    let copy = CreateRole {
        organization: command.organization,
        display_name: command.display_name,
        description,
        permissions,
    };
    let made = make(app, access, &mut tx, copy).await?;
    let answer = CloneRoleResponse {
        role: Some(messages::custom_role(&made, Holders::default())),
    };
    once.remember(&mut tx, &answer).await?;
    let revision = append(app, &mut tx, &made).await?;
    tx.commit().await?;
    app.given(revision).await;
    Ok(answer)
}
