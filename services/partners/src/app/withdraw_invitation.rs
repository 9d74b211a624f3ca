//! Takes an invitation back.

use entente_contracts::partners::v1::{
    WithdrawPartnershipInvitationRequest, WithdrawPartnershipInvitationResponse,
};
use entente_ids::PartnershipInvitationId;

use super::{App, Call, check_etag};
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// Takes it back: its link is dead.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Invitation`], or a failure beneath.
pub async fn withdraw_invitation(
    app: &App,
    call: &Call<WithdrawPartnershipInvitationRequest>,
    id: PartnershipInvitationId,
) -> Result<WithdrawPartnershipInvitationResponse, Error> {
    let mut tx = app
        .database()
        .tenant("partners.withdraw_invitation", call.organization.uuid())
        .await?;
    let once = call.once();
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let before = store::invitation::lock(&mut tx, call.organization, id).await?;
    let before = before.ok_or(Error::NotFound("invitation"))?;
    check_etag(&call.request.etag, before.version)?;
    let (mut after, now) = (before.clone(), app.now());
    after.withdraw(call.organization, now)?;
    store::invitation::update(&mut tx, &after).await?;
    app.announcer
        .invitation(
            &mut tx,
            "partnership_invitation.withdrawn",
            &call.actor,
            Some(&before),
            &after,
        )
        .await?;
    let answer = WithdrawPartnershipInvitationResponse {
        invitation: Some(convert::invitation(&after, now)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.wake();
    Ok(answer)
}
