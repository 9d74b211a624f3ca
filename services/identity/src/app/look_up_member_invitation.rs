//! Shows what a mailed link is about.

use super::App;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::store::{member, organization};

/// Finds the invitation behind a link. It is for whoever holds the link, so it runs as the worker.
///
/// # Errors
/// [`Error::LinkDead`], or a failure of the database.
pub async fn run(app: &App, token: &str) -> Result<(Organization, Member), Error> {
    let link = app.links.link(token).ok_or(Error::LinkDead)?;
    let mut tx = app
        .database()
        .system("identity.look_up_member_invitation")
        .await?;
    let invited = member::lookup(&mut tx, link.target).await?;
    let invited = invited
        .filter(|member| member.link(app.now()) == Some(link))
        .ok_or(Error::LinkDead)?;
    let organization = organization::find(&mut tx, invited.organization)
        .await?
        .ok_or(Error::LinkDead)?;
    tx.commit().await?;
    Ok((organization, invited))
}
