//! Puts clients on the list of an advisor.

use entente_access::Access;
use entente_contracts::identity::v1::{AddReferralsRequest, AddReferralsResponse};
use entente_idempotency::Once;
use entente_ids::{MemberId, OrganizationId, UserId};
use entente_service::Actor;

use super::App;
use crate::domain::decision::{Change, PermissionSet, Rights};
use crate::domain::member::MemberRefusal;
use crate::domain::role::BuiltInRole;
use crate::error::Error;
use crate::events::Turnover;
use crate::store::{member, referral, revision};

/// Which clients are to be on whose list, or not any more.
#[derive(Debug, Clone)]
pub struct Referrals {
    /// The partner.
    pub partner: OrganizationId,
    /// The advisor.
    pub advisor: MemberId,
    /// The clients.
    pub clients: Vec<OrganizationId>,
}

/// Puts them on it.
///
/// # Errors
/// [`Error::NotFound`] for the advisor or a client that has given no mandate, [`Error::MemberNotActive`],
/// [`Error::Member`] where the caller doesn't hold all that an advisor does at clients, or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: Referrals,
    once: Once<'_, AddReferralsRequest>,
) -> Result<AddReferralsResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.add_referrals", command.partner.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    app.lock_organization(&mut tx, access, command.partner).await?;
    let advisor = member::find(&mut tx, command.partner, command.advisor)
        .await?
        .ok_or(Error::NotFound("member"))?;
    let user = advisor
        .user
        .filter(|_| advisor.is_active())
        .ok_or(Error::MemberNotActive)?;
    let own = app.own_authority(&mut tx, access, command.partner).await?;
    let role = BuiltInRole::DelegatedAccountAdministrator.into();
    if !app.engine.has_role(command.partner, role) {
        return Err(MemberRefusal::RoleUnknown.into());
    }
    let given = Rights {
        home: PermissionSet::default(),
        ..app.engine.at_stake(command.partner, &[role])
    };
    if !given.is_given_by(own.rights) {
        return Err(MemberRefusal::ExceedsOwn.into());
    }
    let known = referral::list_clients(&mut tx, command.partner, &command.clients).await?;
    if known.len() < command.clients.len() {
        return Err(Error::NotFound("client"));
    }

    let added = referral::add(&mut tx, command.partner, command.advisor, &command.clients, now).await?;
    let actor = Actor::from(access);
    app.announcer
        .referrals(&mut tx, Turnover::Added, &actor, &advisor, &added)
        .await?;
    let answer = AddReferralsResponse {
        added: i32::try_from(added.len()).unwrap_or(i32::MAX),
    };
    once.remember(&mut tx, &answer).await?;
    if added.is_empty() {
        tx.commit().await?;
        return Ok(answer);
    }
    let changes = changes(command.partner, user, &added, Turnover::Added);
    let revision = revision::append(&mut tx, &changes, now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}

/// What decisions are to know.
pub(super) fn changes(
    partner: OrganizationId,
    advisor: UserId,
    clients: &[OrganizationId],
    turnover: Turnover,
) -> Vec<Change> {
    let change = |client: &OrganizationId| Change::Referral {
        partner,
        advisor,
        client: *client,
        listed: turnover == Turnover::Added,
    };
    clients.iter().map(change).collect()
}
