//! Reads one invitation.

use entente_contracts::partners::v1 as contract;
use entente_ids::{OrganizationId, PartnershipInvitationId};

use super::App;
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// Reads it as it stands now, for its client or its partner.
///
/// # Errors
/// [`Error::NotFound`], or a failure beneath.
pub async fn get_invitation(
    app: &App,
    organization: OrganizationId,
    id: PartnershipInvitationId,
) -> Result<contract::PartnershipInvitation, Error> {
    let mut tx = app
        .database()
        .tenant("partners.get_invitation", organization.uuid())
        .await?;
    let invitation = store::invitation::find(&mut tx, organization, id).await?;
    tx.commit().await?;
    let invitation = invitation.ok_or(Error::NotFound("invitation"))?;
    Ok(convert::invitation(&invitation, app.now()))
}
