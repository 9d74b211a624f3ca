//! Lists who in an organization is to be told of something.

use entente_ids::{OrganizationId, PrincipalId, UserId};

use super::{App, get_locale};
use crate::domain::decision::Permission;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::settings::Locales;
use crate::error::Error;
use crate::store::{member, organization};

/// The people to tell.
#[derive(Debug)]
pub struct Contacts {
    /// Of which organization.
    pub organization: Organization,
    /// Who.
    pub members: Vec<Member>,
    /// How each is written to.
    pub locales: Locales,
}

/// Lists the active members who hold the permission; all of them where none is named.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, id: OrganizationId, permission: Option<Permission>) -> Result<Contacts, Error> {
    let principals = match permission {
        Some(permission) => app.engine.members_with(id, permission, app.now())?,
        None => app.engine.members(id)?,
    };
    let users: Vec<UserId> = principals.into_iter().filter_map(PrincipalId::user).collect();
    let mut tx = app.database().tenant("identity.list_contacts", id.uuid()).await?;
    let organization = organization::find(&mut tx, id).await?;
    let members = member::list_active(&mut tx, id, &users).await?;
    tx.commit().await?;
    Ok(Contacts {
        organization: organization.ok_or(Error::NotFound("organization"))?,
        members,
        locales: get_locale::of_people(app, id, &users).await?,
    })
}
