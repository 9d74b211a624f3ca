//! Takes an invitation back: its link is dead before the answer.

use entente_access::Access;
use entente_contracts::identity::v1::{WithdrawMemberInvitationRequest, WithdrawMemberInvitationResponse};

use super::acting::{Acting, Exit};
use super::{App, OneMember};
use crate::domain::member::{MemberRefusal, MemberState};
use crate::error::Error;
use crate::grpc::convert;
use entente_idempotency::Once;

/// Removes the pending member.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: OneMember,
    once: Once<'_, WithdrawMemberInvitationRequest>,
) -> Result<WithdrawMemberInvitationResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.withdraw_member_invitation", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let before = acting.find(&mut tx, command.id, &command.etag).await?;
    match before.state {
        MemberState::Pending => {}
        MemberState::Active | MemberState::Disabled => return Err(MemberRefusal::InvitationClosed.into()),
        MemberState::Removed => return Err(MemberRefusal::Removed.into()),
    }
    let done = acting.take_out(&mut tx, before, Exit::Withdrawn).await?;
    let answer = WithdrawMemberInvitationResponse {
        member: Some(convert::member(&done.after)),
    };
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &done.changes, acting.now()).await?;
    Ok(answer)
}
