//! Invites an address to an organization.

use entente_access::Access;
use entente_contracts::identity::v1::{InviteMemberRequest, InviteMemberResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;

use super::App;
use super::acting::Acting;
use crate::domain::email::EmailAddress;
use crate::domain::member::Standing;
use crate::error::Error;
use crate::grpc::convert;

/// Whom to invite.
#[derive(Debug, Clone)]
pub struct InviteMember {
    /// Where.
    pub organization: OrganizationId,
    /// The address.
    pub email: EmailAddress,
    /// What the person will be.
    pub standing: Standing,
}

/// Makes the pending member. An invitation that has expired is replaced.
///
/// # Errors
/// [`Error::Member`], [`Error::AlreadyMember`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: InviteMember,
    once: Once<'_, InviteMemberRequest>,
) -> Result<InviteMemberResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.invite_member", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let done = acting.invite(&mut tx, command.email, command.standing).await?;
    let answer = InviteMemberResponse {
        member: Some(convert::member(&done.after)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}
