//! Breaks the glass: a new owner for an organization that has lost its people.

use entente_access::Access;
use entente_contracts::identity::v1::{GrantBreakGlassOwnerRequest, GrantBreakGlassOwnerResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::below::Above;
use super::{App, member_change};
use crate::domain::email::EmailAddress;
use crate::domain::member::{Member, MemberRefusal, MemberState, Standing};
use crate::domain::role::RoleRef;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::{member, organization};

/// For whom.
#[derive(Debug, Clone)]
pub struct GrantBreakGlassOwner {
    /// Who does it.
    pub operator: OrganizationId,
    /// For which organization.
    pub organization: OrganizationId,
    /// The new owner.
    pub email: EmailAddress,
    /// Why.
    pub reason: String,
}

/// Makes the owner: at once where the address is an active member, else by an invitation. Everybody there is told.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Member`], [`Error::AlreadyMember`] for a disabled member, or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: GrantBreakGlassOwner,
    once: Once<'_, GrantBreakGlassOwnerRequest>,
) -> Result<GrantBreakGlassOwnerResponse, Error> {
    let now = app.now();
    let actor = Actor::from(access);
    let mut tx = app
        .database()
        .tenant("identity.grant_break_glass_owner", command.operator.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let operator = Above::lock_operator(app, &mut tx, access, command.operator).await?;
    // All that the operator could ever give, so nobody below an owner gives it.
    let held = operator.authority(&mut tx).await?;
    if !held.is_some_and(|held| held.owner) {
        return Err(MemberRefusal::OwnerRequired.into());
    }
    let place = operator.enter(&mut tx, command.organization).await?;
    let before = member::find_by_email(&mut tx, place.id, &command.email).await?;
    let standing = Standing {
        role: Some(RoleRef::OWNER),
        legal_representative: before.as_ref().is_some_and(|known| known.legal_representative),
    };
    let (event, after) = match &before {
        None => (
            "member.invited",
            Member::invite(app.new_id(now), place.id, command.email, standing, now),
        ),
        Some(known) => match known.state {
            MemberState::Pending => ("member.invited", known.invite_again(standing, now)),
            MemberState::Active => {
                let owner = Member {
                    role: standing.role,
                    ..known.clone()
                };
                ("member.updated", owner.changed(now))
            }
            MemberState::Disabled | MemberState::Removed => return Err(Error::AlreadyMember),
        },
    };
    match &before {
        Some(_) => member::update(&mut tx, &after).await?,
        None => member::add(&mut tx, &after).await?,
    }
    app.announcer
        .member(&mut tx, event, &actor, before.as_ref(), &after)
        .await?;
    app.announcer
        .break_glass(&mut tx, &actor, command.operator, &after, &command.reason)
        .await?;
    organization::enter(&mut tx, command.operator).await?;
    let answer = GrantBreakGlassOwnerResponse {
        member: Some(convert::member(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    let changes: Vec<_> = member_change(&after)
        .filter(|_| after.is_active())
        .into_iter()
        .collect();
    app.commit(tx, &changes, now).await?;
    Ok(answer)
}
