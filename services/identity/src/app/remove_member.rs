//! Takes a member out: access ends before the answer, history stays.

use entente_access::Access;
use entente_contracts::identity::v1::{RemoveMemberRequest, RemoveMemberResponse};
use entente_idempotency::Once;
use entente_ids::{MemberId, OrganizationId};

use super::acting::{Acting, Exit};
use super::{App, check_etag};
use crate::domain::member::MemberState;
use crate::error::Error;
use crate::grpc::convert;

/// Whom to remove.
#[derive(Debug, Clone)]
pub struct RemoveMember {
    /// Where.
    pub organization: OrganizationId,
    /// Which member.
    pub id: MemberId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
}

/// Removes the member, and ends the sessions in which the person acts there. One who is removed already stays so.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: RemoveMember,
    once: Once<'_, RemoveMemberRequest>,
) -> Result<RemoveMemberResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.remove_member", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let before = acting.find(&mut tx, command.id, "").await?;
    if before.state == MemberState::Removed {
        let member = Some(convert::member(&before));
        return app.unchanged(tx, &once, RemoveMemberResponse { member }).await;
    }
    check_etag(&command.etag, before.version)?;
    let done = acting.take_out(&mut tx, before, Exit::Removed).await?;
    let answer = RemoveMemberResponse {
        member: Some(convert::member(&done.after)),
    };
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &done.changes, acting.now()).await?;
    Ok(answer)
}
