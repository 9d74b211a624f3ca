//! Lists who in an organization is to be told of something.

use std::collections::HashSet;

use entente_ids::{OrganizationId, PrincipalId, UserId};
use sqlx::PgConnection;

use super::{App, get_locale};
use crate::domain::decision::Permission;
use crate::domain::email::EmailAddress;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::responsible::Party;
use crate::domain::settings::Locales;
use crate::error::Error;
use crate::store::{group_lookup, member, organization};

/// Who is to be told.
#[derive(Debug)]
pub struct Contacts {
    /// Where.
    pub organization: Organization,
    /// The active members; while nobody has joined, who is invited as a legal representative.
    pub members: Vec<Member>,
    /// The operator's people who are copied on what those are mailed.
    pub copied: Vec<Member>,
    /// How each is written to.
    pub locales: Locales,
}

/// Lists the active members who hold the permission, or, while nobody has joined, who is invited as a legal representative;
/// all active members where no permission is named.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, id: OrganizationId, permission: Option<Permission>) -> Result<Contacts, Error> {
    let principals = match permission {
        Some(permission) => app.engine.members_with(id, permission, app.now())?,
        None => app.engine.members(id)?,
    };
    let mut inside = app.engine.members(id)?.into_iter();
    let nobody_joined = inside.all(|principal| principal.user().is_none());
    let users: Vec<UserId> = principals.into_iter().filter_map(PrincipalId::user).collect();
    let mut tx = app.database().tenant("identity.list_contacts", id.uuid()).await?;
    let organization = organization::find(&mut tx, id)
        .await?
        .ok_or(Error::NotFound("organization"))?;
    let mut members = member::list_active(&mut tx, id, &users).await?;
    if nobody_joined && permission.is_some() {
        members = member::list_invited_representatives(&mut tx, id, app.now()).await?;
    }
    let copied = copied(&mut tx, &organization, &members).await?;
    tx.commit().await?;
    let written_to: Vec<&EmailAddress> = members
        .iter()
        .chain(&copied)
        .map(|member| &member.email)
        .collect();
    let locales = get_locale::of_people(app, id, &written_to).await?;
    Ok(Contacts {
        organization,
        members,
        copied,
        locales,
    })
}

/// Who looks after these people and wants to be copied. The transaction is the operator's afterwards.
async fn copied(
    conn: &mut PgConnection,
    organization: &Organization,
    members: &[Member],
) -> Result<Vec<Member>, Error> {
    let responsible = members
        .iter()
        .filter_map(|member| member.responsible.or(organization.responsible));
    let parties: HashSet<Party> = responsible
        .filter(|responsible| responsible.copied)
        .map(|responsible| responsible.party)
        .collect();
    if parties.is_empty() {
        return Ok(Vec::new());
    }
    let operator = enter_operator(conn, organization).await?;
    let mut users = Vec::new();
    for party in parties {
        match party {
            Party::User(user) => users.push(user),
            Party::Group(group) => {
                let found = group_lookup::users(conn, operator, group).await?;
                users.extend(found.into_iter().map(UserId::from_uuid));
            }
        }
    }
    // Who has left the operator's house looks after nobody any more.
    member::list_active(conn, operator, &users).await
}

async fn enter_operator(conn: &mut PgConnection, below: &Organization) -> Result<OrganizationId, Error> {
    let (mut top, mut step) = (below.id, below.parent);
    while let Some(above) = step {
        organization::enter(conn, above).await?;
        top = above;
        step = organization::find(conn, above)
            .await?
            .and_then(|found| found.parent);
    }
    Ok(top)
}
