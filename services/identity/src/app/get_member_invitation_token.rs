//! Gives the token of an invitation's link to the service that writes the mail.

use entente_ids::{MemberId, OrganizationId};

use super::App;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::store::{member, organization};

/// What the mail needs.
#[derive(Debug)]
pub struct Invitation {
    /// The token, while the invitation lives.
    pub token: Option<String>,
    /// Who is invited.
    pub member: Member,
    /// Where.
    pub organization: Organization,
}

/// Computes the token.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, organization: OrganizationId, id: MemberId) -> Result<Invitation, Error> {
    let mut tx = app
        .database()
        .tenant("identity.get_member_invitation_token", organization.uuid())
        .await?;
    let place = organization::find(&mut tx, organization).await?;
    let invited = member::find(&mut tx, organization, id).await?;
    tx.commit().await?;
    let organization = place.ok_or(Error::NotFound("organization"))?;
    let member = invited.ok_or(Error::NotFound("member"))?;
    let token = member.link(app.now()).map(|link| app.links.token(link));
    Ok(Invitation {
        token,
        member,
        organization,
    })
}
