//! Lists who in an organization is to be told of something.

use entente_ids::OrganizationId;
use strum::VariantArray as _;

use super::App;
use crate::domain::decision::Permission;
use crate::domain::member::{Member, Role};
use crate::domain::organization::Organization;
use crate::engine::vocabulary;
use crate::error::Error;
use crate::store::{member, organization};

/// Lists the active members who hold the permission; all of them where none is named.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(
    app: &App,
    id: OrganizationId,
    permission: Option<Permission>,
) -> Result<(Organization, Vec<Member>), Error> {
    let permissions = vocabulary::roles();
    let holds = |role: &Role| permission.is_none_or(|permission| permissions.of(*role).contains(permission));
    let roles: Vec<Role> = Role::VARIANTS.iter().copied().filter(holds).collect();
    let mut tx = app.database().tenant("identity.list_contacts", id.uuid()).await?;
    let organization = organization::find(&mut tx, id).await?;
    let members = member::list_active(&mut tx, id, &roles).await?;
    tx.commit().await?;
    Ok((organization.ok_or(Error::NotFound("organization"))?, members))
}
