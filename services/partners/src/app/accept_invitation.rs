//! Accepts an invitation, as the partner: the partnership starts.
//!
//! What is to happen is stored first, with the acceptance; then identity grants access; then the partnership is in
//! force. Whatever stops between these is finished by [`super::recover_partnerships`].

use entente_contracts::partners::v1::{
    AcceptPartnershipInvitationRequest, AcceptPartnershipInvitationResponse,
};
use entente_ids::PartnershipInvitationId;
use sqlx::PgConnection;

use super::complete_partnership::complete_partnership;
use super::{App, Call};
use crate::domain::partnership::Partnership;
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// Accepts it, with the token of its link; answers when access is granted.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invitation`], [`Error::AlreadyPartners`], [`Error::Grant`], or a failure beneath.
pub async fn accept_invitation(
    app: &App,
    call: &Call<AcceptPartnershipInvitationRequest>,
    id: PartnershipInvitationId,
) -> Result<AcceptPartnershipInvitationResponse, Error> {
    let mut tx = app
        .database()
        .tenant("partners.accept_invitation", call.organization.uuid())
        .await?;
    let once = call.once();
    let replayed: Option<AcceptPartnershipInvitationResponse> = once.replay(&mut tx).await?;
    let (answer, partnership) = match replayed {
        Some(answer) => (answer, started_before(&mut tx, call, id).await?),
        None => {
            let (answer, partnership) = start(app, &mut tx, call, id).await?;
            once.remember(&mut tx, &answer).await?;
            (answer, partnership)
        }
    };
    tx.commit().await?;
    app.wake();
    complete_partnership(app, partnership).await?;
    Ok(answer)
}

async fn start(
    app: &App,
    conn: &mut PgConnection,
    call: &Call<AcceptPartnershipInvitationRequest>,
    id: PartnershipInvitationId,
) -> Result<(AcceptPartnershipInvitationResponse, Partnership), Error> {
    let before = store::invitation::lock(conn, call.organization, id).await?;
    let before = before.ok_or(Error::NotFound("invitation"))?;
    let (mut after, now) = (before.clone(), app.now());
    let partnership = app.new_id(now);
    after.accept(
        call.organization,
        app.links.link(&call.request.token),
        partnership,
        now,
    )?;
    let partnership = Partnership::of(&after, partnership, app.intent(&call.actor, now), now);
    store::invitation::update(conn, &after).await?;
    store::partnership::add(conn, &partnership).await?;
    app.announcer
        .invitation(
            conn,
            "partnership_invitation.accepted",
            &call.actor,
            Some(&before),
            &after,
        )
        .await?;
    let answer = AcceptPartnershipInvitationResponse {
        invitation: Some(convert::invitation(&after, now)),
    };
    Ok((answer, partnership))
}

/// The partnership that the same request started: its start may still be under way.
async fn started_before(
    conn: &mut PgConnection,
    call: &Call<AcceptPartnershipInvitationRequest>,
    id: PartnershipInvitationId,
) -> Result<Partnership, Error> {
    let invitation = store::invitation::find(conn, call.organization, id).await?;
    let id = invitation.and_then(|invitation| invitation.partnership);
    let id = id.ok_or(Error::Corrupt("invitation.partnership_id"))?;
    let partnership = store::partnership::find(conn, call.organization, id).await?;
    partnership.ok_or(Error::Corrupt("invitation.partnership_id"))
}
