//! What is shared by the use cases that give roles and take them away, other than to members.

use entente_access::Access;
use entente_ids::{OrganizationId, ServiceAccountId};
use sqlx::PgConnection;

use super::App;
use crate::domain::decision::{Change, Membership, SecondFactorPolicy};
use crate::domain::group::Group;
use crate::domain::member::{Authority, MemberRefusal, check_assignable, check_authority};
use crate::domain::role::RoleRef;
use crate::domain::service_account::{ServiceAccount, ServiceAccountRefusal, ServiceAccountState};
use crate::error::Error;
use crate::store::{group, service_account};

/// What decisions are to know of a service account.
pub(super) fn service_account_change(account: &ServiceAccount) -> Change {
    Change::Member(Membership {
        organization: account.organization,
        principal: account.id.into(),
        role: account.role,
        groups: account.groups.clone(),
        legal_representative: false,
        second_factor: SecondFactorPolicy::Inherit,
        active: account.is_active(),
    })
}

/// What decisions are to know of a group.
pub(super) fn group_change(group: &Group) -> Change {
    Change::Group {
        organization: group.organization,
        group: group.id,
        roles: group.roles.clone(),
    }
}

/// The service account, unless it is gone.
pub(super) async fn present_account(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<ServiceAccount, Error> {
    let account = service_account::find(conn, organization, id)
        .await?
        .ok_or(Error::NotFound("service account"))?;
    if account.state == ServiceAccountState::Deleted {
        return Err(ServiceAccountRefusal::Deleted.into());
    }
    Ok(account)
}

impl App {
    /// What the caller holds in the organization, to give.
    ///
    /// # Errors
    /// [`MemberRefusal::ExceedsOwn`] where they aren't in it: who serves a client doesn't hand out its roles.
    pub(super) async fn own_authority(
        &self,
        conn: &mut PgConnection,
        access: &Access,
        organization: OrganizationId,
    ) -> Result<Authority, Error> {
        let held = self.authority(conn, access, organization).await?;
        Ok(held.ok_or(MemberRefusal::ExceedsOwn)?)
    }

    /// Checks that roles can be given, by somebody who holds all that they give.
    pub(super) fn check_given(
        &self,
        own: Authority,
        organization: OrganizationId,
        roles: &[RoleRef],
    ) -> Result<(), Error> {
        for role in roles {
            check_assignable(*role)?;
            self.check_known(organization, *role)?;
        }
        self.check_held(own, organization, roles)
    }

    /// Checks that somebody holds all that roles give, as who takes them away must. One that is gone gives nothing.
    pub(super) fn check_held(
        &self,
        own: Authority,
        organization: OrganizationId,
        roles: &[RoleRef],
    ) -> Result<(), Error> {
        let stake = self.stake_in(organization, roles);
        Ok(check_authority(Some(own), Some(stake), Some(stake))?)
    }
}

/// All roles that a service account has: its own, and those of its groups.
pub(super) async fn roles_of(
    conn: &mut PgConnection,
    account: &ServiceAccount,
) -> Result<Vec<RoleRef>, Error> {
    let mut roles: Vec<RoleRef> = account.role.into_iter().collect();
    for id in &account.groups {
        let group = group::find(conn, account.organization, *id).await?;
        roles.extend(group.into_iter().flat_map(|group| group.roles));
    }
    Ok(roles)
}
