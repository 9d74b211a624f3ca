//! Changes what a member is.

use entente_access::Access;
use entente_contracts::identity::v1::{UpdateMemberRequest, UpdateMemberResponse};
use entente_ids::{MemberId, OrganizationId};
use entente_service::Actor;

use super::{App, Once, check_etag, member_change};
use crate::domain::member::{
    Member, MemberRefusal, MemberState, Standing, check_assignable, check_authority, check_remaining,
};
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::{member, revision};

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
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.update_member", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    // All that changes members of one organization stands in line here, so that no two take away the last two owners.
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = member::find(&mut tx, command.organization, command.id)
        .await?
        .ok_or(Error::NotFound("member"))?;
    if before.state == MemberState::Removed {
        return Err(MemberRefusal::Removed.into());
    }
    check_etag(&command.etag, before.version)?;

    let old = Standing::of(&before);
    let new = Standing {
        role: command.role.or(old.role),
        legal_representative: command.legal_representative.unwrap_or(old.legal_representative),
    };
    command.role.map(check_assignable).transpose()?;
    let held = app.authority(&mut tx, access, command.organization).await?;
    let stake = app.stake(command.organization, new)?;
    check_authority(held, Some(app.stake_of(&before)), Some(stake))?;
    check_remaining(old, Some(new), member::count_others(&mut tx, &before).await?)?;

    let mut after = before.clone();
    let mut moved = None;
    if new != old {
        after = Member {
            role: new.role,
            legal_representative: new.legal_representative,
            ..after
        }
        .changed(now);
        member::update(&mut tx, &after).await?;
        let actor = Actor::from(access);
        app.announcer
            .member(&mut tx, "member.updated", &actor, Some(&before), &after)
            .await?;
        moved = member_change(&after);
    }
    let answer = UpdateMemberResponse {
        member: Some(convert::member(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    let Some(change) = moved else {
        tx.commit().await?;
        app.announcer.wake();
        return Ok(answer);
    };
    let revision = revision::append(&mut tx, &[change], now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}
