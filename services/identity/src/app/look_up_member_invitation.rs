//! Shows what a mailed link is about.

use sqlx::PgConnection;

use super::App;
use crate::domain::language::Language;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::store::{member, organization, role, settings};

/// What a link is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Where it leads.
    pub organization: Organization,
    /// Who is invited.
    pub member: Member,
    /// The name that people read of the role that comes with it; empty where its role was deleted meanwhile.
    pub role_name: String,
    /// The language that they are written to in.
    pub language: Language,
}

/// Finds the invitation behind a link. It is for whoever holds the link, so it runs as the worker.
///
/// # Errors
/// [`Error::LinkDead`], or a failure of the database.
pub async fn run(app: &App, token: &str) -> Result<Invitation, Error> {
    let link = app.links.link(token).ok_or(Error::LinkDead)?;
    let mut tx = app
        .database()
        .system("identity.look_up_member_invitation")
        .await?;
    let invited = member::lookup(&mut tx, link.target).await?;
    let member = invited
        .filter(|member| member.link(app.now()) == Some(link))
        .ok_or(Error::LinkDead)?;
    let organization = organization::find(&mut tx, member.organization)
        .await?
        .ok_or(Error::LinkDead)?;
    let role_name = role_name(&mut tx, &member).await?;
    let locale = settings::locale(&mut tx, member.organization, None, Some(&member.email)).await?;
    tx.commit().await?;
    Ok(Invitation {
        organization,
        member,
        role_name,
        language: locale.language,
    })
}

async fn role_name(conn: &mut PgConnection, member: &Member) -> Result<String, Error> {
    Ok(match member.role {
        Some(RoleRef::BuiltIn(role)) => role.display_name(),
        Some(RoleRef::Custom(id)) => role::find(conn, member.organization, id)
            .await?
            .map(|role| role.display_name.into())
            .unwrap_or_default(),
        None => String::new(),
    })
}
