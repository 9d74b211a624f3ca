//! Shows what the link of an invitation is about, to whoever holds it.

use entente_contracts::partners::v1 as contract;

use super::App;
use crate::domain::invitation::InvitationRefusal;
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// Shows it, while the link lives.
///
/// # Errors
/// [`Error::Invitation`] for a dead link, or a failure beneath.
pub async fn look_up_invitation(app: &App, token: &str) -> Result<contract::PartnershipInvitation, Error> {
    let link = app.links.link(token).ok_or(InvitationRefusal::LinkDead)?;
    // Whoever holds the link isn't signed in: there is no organization to look for it in.
    let mut tx = app.database().system("partners.look_up_invitation").await?;
    let invitation = store::invitation::find_any(&mut tx, link.target).await?;
    tx.commit().await?;
    let now = app.now();
    let living = invitation.filter(|invitation| invitation.link(now) == Some(link));
    let invitation = living.ok_or(InvitationRefusal::LinkDead)?;
    Ok(convert::invitation(&invitation, now))
}
