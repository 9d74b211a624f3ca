//! Lets a disabled member in again.

use entente_access::Access;
use entente_contracts::identity::v1::{EnableMemberRequest, EnableMemberResponse};

use super::acting::Acting;
use super::{App, OneMember};
use crate::domain::member::{MemberRefusal, MemberState};
use crate::error::Error;
use crate::grpc::convert;
use entente_idempotency::Once;

/// Enables the member, with the role and the groups that they have. One who is in already stays so.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: OneMember,
    once: Once<'_, EnableMemberRequest>,
) -> Result<EnableMemberResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.enable_member", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let before = acting.find(&mut tx, command.id, &command.etag).await?;
    match before.state {
        MemberState::Disabled => {}
        MemberState::Pending => return Err(MemberRefusal::Pending.into()),
        MemberState::Active => {
            let member = Some(convert::member(&before));
            return app.unchanged(tx, &once, EnableMemberResponse { member }).await;
        }
        MemberState::Removed => return Err(MemberRefusal::Removed.into()),
    }
    let done = acting.let_in(&mut tx, before).await?;
    let answer = EnableMemberResponse {
        member: Some(convert::member(&done.after)),
    };
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &done.changes, acting.now()).await?;
    Ok(answer)
}
