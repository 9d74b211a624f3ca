//! Reads one role.

use entente_ids::OrganizationId;

use super::App;
use super::list_roles::{Shown, with_holders};
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::store::role::{self, Holders};

/// Reads it, with how many have it.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(
    app: &App,
    organization: OrganizationId,
    reference: RoleRef,
) -> Result<(Shown, Holders), Error> {
    let mut tx = app
        .database()
        .tenant("identity.get_role", organization.uuid())
        .await?;
    let shown = match reference {
        RoleRef::BuiltIn(role) => app
            .engine
            .rights_of_role(organization, reference)
            .map(|rights| Shown::BuiltIn(role, rights)),
        RoleRef::Custom(id) => role::find(&mut tx, organization, id).await?.map(Shown::Custom),
    };
    let shown = shown.ok_or(Error::NotFound("role"))?;
    let mut counted = with_holders(&mut tx, organization, vec![shown]).await?;
    tx.commit().await?;
    counted.pop().ok_or(Error::NotFound("role"))
}
