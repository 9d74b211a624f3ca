//! Gives the link token of an invitation to the service that writes the mail.

use entente_contracts::partners::v1::GetPartnershipInvitationTokenResponse;
use entente_ids::PartnershipInvitationId;

use super::App;
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// Gives the token of the living link; an empty one when the invitation is over.
///
/// # Errors
/// [`Error::NotFound`], or a failure beneath.
pub async fn get_invitation_token(
    app: &App,
    id: PartnershipInvitationId,
) -> Result<GetPartnershipInvitationTokenResponse, Error> {
    // A service asks, not an organization.
    let mut tx = app.database().system("partners.get_invitation_token").await?;
    let invitation = store::invitation::find_any(&mut tx, id).await?;
    tx.commit().await?;
    let invitation = invitation.ok_or(Error::NotFound("invitation"))?;
    let now = app.now();
    let token = invitation
        .link(now)
        .map(|link| app.links.token(link))
        .unwrap_or_default();
    let invitation = Some(convert::invitation(&invitation, now));
    Ok(GetPartnershipInvitationTokenResponse { token, invitation })
}
