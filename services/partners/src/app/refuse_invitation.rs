//! Refuses an invitation, as the partner.

use entente_contracts::partners::v1::{
    RefusePartnershipInvitationRequest, RefusePartnershipInvitationResponse,
};
use entente_ids::PartnershipInvitationId;

use super::{App, Call};
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// Refuses it, with the token of its link.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invitation`], or a failure beneath.
pub async fn refuse_invitation(
    app: &App,
    call: &Call<RefusePartnershipInvitationRequest>,
    id: PartnershipInvitationId,
) -> Result<RefusePartnershipInvitationResponse, Error> {
    let mut tx = app
        .database()
        .tenant("partners.refuse_invitation", call.organization.uuid())
        .await?;
    let once = call.once();
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let before = store::invitation::lock(&mut tx, call.organization, id).await?;
    let before = before.ok_or(Error::NotFound("invitation"))?;
    let (mut after, now) = (before.clone(), app.now());
    after.refuse(call.organization, app.links.link(&call.request.token), now)?;
    store::invitation::update(&mut tx, &after).await?;
    app.announcer
        .invitation(
            &mut tx,
            "partnership_invitation.refused",
            &call.actor,
            Some(&before),
            &after,
        )
        .await?;
    let answer = RefusePartnershipInvitationResponse {
        invitation: Some(convert::invitation(&after, now)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.wake();
    Ok(answer)
}
