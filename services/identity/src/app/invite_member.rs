//! Invites an address to an organization.

use entente_access::Access;
use entente_contracts::identity::v1::{InviteMemberRequest, InviteMemberResponse};
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::{App, Once};
use crate::domain::email::EmailAddress;
use crate::domain::member::{Member, Standing, check_assignable, check_authority};
use crate::error::Error;
use crate::grpc::convert;
use crate::store::member;

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
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.invite_member", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let held = app.authority(&mut tx, access, command.organization).await?;
    let before = member::find_by_email(&mut tx, command.organization, &command.email).await?;
    command.standing.role.map(check_assignable).transpose()?;
    let offered = app.stake(command.organization, command.standing)?;
    check_authority(
        held,
        before.as_ref().map(|member| app.stake_of(member)),
        Some(offered),
    )?;

    let after = match &before {
        Some(member) if member.is_active() || member.is_invited(now) => return Err(Error::AlreadyMember),
        Some(expired) => expired.invite_again(command.standing, now),
        None => Member::invite(
            app.new_id(now),
            command.organization,
            command.email,
            command.standing,
            now,
        ),
    };
    match before {
        Some(_) => member::update(&mut tx, &after).await?,
        None => member::add(&mut tx, &after).await?,
    }
    let actor = Actor::from(access);
    app.announcer
        .member(&mut tx, "member.invited", &actor, before.as_ref(), &after)
        .await?;
    let answer = InviteMemberResponse {
        member: Some(convert::member(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}
