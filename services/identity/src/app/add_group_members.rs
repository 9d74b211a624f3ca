//! Puts members and service accounts into a group.

use entente_access::Access;
use entente_contracts::identity::v1::{AddGroupMembersRequest, AddGroupMembersResponse};
use entente_idempotency::Once;
use entente_ids::{GroupId, MemberId, OrganizationId, ServiceAccountId};
use entente_pg::Tx;
use entente_service::Actor;

use super::giving::service_account_change;
use super::{App, member_change};
use crate::domain::decision::Change;
use crate::domain::group::{Group, Insider};
use crate::domain::member::{MemberRefusal, MemberState};
use crate::domain::service_account::{ServiceAccountRefusal, ServiceAccountState};
use crate::error::Error;
use crate::events::Turnover;
use crate::grpc::convert::messages;
use crate::store::{group, member, revision, service_account};

/// Who is to be in a group, or not any more.
#[derive(Debug, Clone)]
pub struct GroupMembers {
    /// Where.
    pub organization: OrganizationId,
    /// Which group.
    pub group: GroupId,
    /// Who, at most [`crate::domain::group::MOST_AT_ONCE`].
    pub insiders: Vec<Insider>,
}

/// Puts them in. They have the group's roles at their next call.
///
/// # Errors
/// [`Error::NotFound`] for the group or one of those, [`Error::Member`] for roles that the caller can't give or somebody
/// who was removed, [`Error::ServiceAccount`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: GroupMembers,
    once: Once<'_, AddGroupMembersRequest>,
) -> Result<AddGroupMembersResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.add_group_members", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = group::find(&mut tx, command.organization, command.group)
        .await?
        .ok_or(Error::NotFound("group"))?;
    let own = app.own_authority(&mut tx, access, command.organization).await?;
    app.check_held(own, command.organization, &before.roles)?;
    check_present(&mut tx, &command).await?;

    let added = group::put_in(&mut tx, &before, &command.insiders, now).await?;
    let actor = Actor::from(access);
    app.announcer
        .group_members(&mut tx, Turnover::Added, &actor, &before, &added)
        .await?;
    let after = reread(&mut tx, &before).await?;
    let answer = AddGroupMembersResponse {
        group: Some(messages::group(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    let changes = changes(&mut tx, command.organization, &added).await?;
    if changes.is_empty() {
        return app.again(tx, answer).await;
    }
    let revision = revision::append(&mut tx, &changes, now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}

/// Checks that all of them are of the organization, and not gone.
async fn check_present(tx: &mut Tx, command: &GroupMembers) -> Result<(), Error> {
    let (members, accounts) = split(&command.insiders);
    let found = member::list_some(tx, command.organization, &members).await?;
    if found.len() < members.len() {
        return Err(Error::NotFound("member"));
    }
    if found.iter().any(|member| member.state == MemberState::Removed) {
        return Err(MemberRefusal::Removed.into());
    }
    let found = service_account::list_some(tx, command.organization, &accounts).await?;
    if found.len() < accounts.len() {
        return Err(Error::NotFound("service account"));
    }
    if found
        .iter()
        .any(|account| account.state == ServiceAccountState::Deleted)
    {
        return Err(ServiceAccountRefusal::Deleted.into());
    }
    Ok(())
}

/// The group, with how many are in it now.
pub(super) async fn reread(tx: &mut Tx, group: &Group) -> Result<Group, Error> {
    group::find(tx, group.organization, group.id)
        .await?
        .ok_or(Error::NotFound("group"))
}

/// What decisions are to know of those whose groups have changed: of those who are in.
pub(super) async fn changes(
    tx: &mut Tx,
    organization: OrganizationId,
    insiders: &[Insider],
) -> Result<Vec<Change>, Error> {
    let (members, accounts) = split(insiders);
    let members = member::list_some(tx, organization, &members).await?;
    let accounts = service_account::list_some(tx, organization, &accounts).await?;
    let of_members = members
        .iter()
        .filter(|member| member.is_active())
        .filter_map(member_change);
    let of_accounts = accounts
        .iter()
        .filter(|account| account.is_active())
        .map(service_account_change);
    Ok(of_members.chain(of_accounts).collect())
}

fn split(insiders: &[Insider]) -> (Vec<MemberId>, Vec<ServiceAccountId>) {
    let members = insiders.iter().filter_map(|insider| insider.member());
    let accounts = insiders.iter().filter_map(|insider| insider.service_account());
    (members.collect(), accounts.collect())
}
