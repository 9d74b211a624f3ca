//! Sends an invitation again: seven more days, and the links before are dead.

use entente_access::Access;
use entente_contracts::identity::v1::{ResendMemberInvitationRequest, ResendMemberInvitationResponse};

use super::acting::Acting;
use super::{App, OneMember};
use crate::error::Error;
use crate::grpc::convert;
use entente_idempotency::Once;

/// Renews the invitation of a pending member.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: OneMember,
    once: Once<'_, ResendMemberInvitationRequest>,
) -> Result<ResendMemberInvitationResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.resend_member_invitation", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let before = acting.find(&mut tx, command.id, &command.etag).await?;
    let done = acting.invite_again(&mut tx, before).await?;
    let answer = ResendMemberInvitationResponse {
        member: Some(convert::member(&done.after)),
    };
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &done.changes, acting.now()).await?;
    Ok(answer)
}
