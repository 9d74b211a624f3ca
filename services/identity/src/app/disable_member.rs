//! Keeps a member out: access ends before the answer, role and groups stay.

use entente_access::Access;
use entente_contracts::identity::v1::{DisableMemberRequest, DisableMemberResponse};

use super::acting::{Acting, Exit};
use super::{App, OneMember};
use crate::domain::member::{MemberRefusal, MemberState};
use crate::error::Error;
use crate::grpc::convert;
use entente_idempotency::Once;

/// Disables the member, and ends the sessions in which the person acts there. One who is disabled already stays so.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: OneMember,
    once: Once<'_, DisableMemberRequest>,
) -> Result<DisableMemberResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.disable_member", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let before = acting.find(&mut tx, command.id, &command.etag).await?;
    match before.state {
        MemberState::Active => {}
        MemberState::Pending => return Err(MemberRefusal::Pending.into()),
        MemberState::Disabled => {
            let member = Some(convert::member(&before));
            return app.unchanged(tx, &once, DisableMemberResponse { member }).await;
        }
        MemberState::Removed => return Err(MemberRefusal::Removed.into()),
    }
    let done = acting.take_out(&mut tx, before, Exit::Disabled).await?;
    let answer = DisableMemberResponse {
        member: Some(convert::member(&done.after)),
    };
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &done.changes, acting.now()).await?;
    Ok(answer)
}
