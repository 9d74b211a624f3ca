//! Changes what a member is.

use entente_access::Access;
use entente_contracts::identity::v1::{UpdateMemberRequest, UpdateMemberResponse};
use entente_idempotency::Once;
use entente_ids::{MemberId, OrganizationId};

use super::App;
use super::acting::{Acting, Wanted};
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::grpc::convert;

/// What to change.
#[derive(Debug, Clone)]
pub struct UpdateMember {
    /// Where.
    pub organization: OrganizationId,
    /// Which member.
    pub id: MemberId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// The new role, if that changes.
    pub role: Option<RoleRef>,
    /// Whether the person is to bind the organization, if that changes.
    pub legal_representative: Option<bool>,
}

/// Changes the member.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Member`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: UpdateMember,
    once: Once<'_, UpdateMemberRequest>,
) -> Result<UpdateMemberResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.update_member", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let mut acting = Acting::begin(app, &mut tx, access, command.organization).await?;
    let before = acting.find(&mut tx, command.id, &command.etag).await?;
    let wanted = Wanted {
        role: command.role,
        legal_representative: command.legal_representative,
    };
    let done = acting.change(&mut tx, before, wanted).await?;
    let answer = UpdateMemberResponse {
        member: Some(convert::member(&done.after)),
    };
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &done.changes, acting.now()).await?;
    Ok(answer)
}
