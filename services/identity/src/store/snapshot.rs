//! All access data at one revision.

use entente_ids::{
    GroupId, OrganizationId, PartnershipId, PrincipalId, RoleId, ServiceAccountId, SessionId, UserId,
};
use entente_pg::Database;
use futures::TryStreamExt as _;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::organization::controls;
use super::{grant, revision, role_ref, word};
use crate::domain::decision::{
    Access, Change, GateSetting, Grant, Membership, OutOfOrder, PermissionSet, RolePermissions,
    SecondFactorPolicy,
};
use crate::error::Error;

/// Why the access data can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database, or what stands in it.
    #[error(transparent)]
    Store(#[from] Error),
    /// A row names an organization that isn't there.
    #[error(transparent)]
    OutOfOrder(#[from] OutOfOrder),
}

impl From<sqlx::Error> for LoadError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause.into())
    }
}

impl From<entente_pg::Error> for LoadError {
    fn from(cause: entente_pg::Error) -> Self {
        Self::Store(cause.into())
    }
}

/// Loads everything as one transaction sees it.
///
/// # Errors
/// [`LoadError`].
pub async fn load(database: &Database, roles: RolePermissions, now: Timestamp) -> Result<Access, LoadError> {
    let mut tx = database.system("identity.load_access").await?;
    // As long as it takes: a large installation has millions of members.
    sqlx::raw_sql(
        "set transaction isolation level repeatable read, read only; set local statement_timeout = 0",
    )
    .execute(&mut *tx)
    .await?;
    let mut access = Access::new(roles);
    let revision = revision::current(&mut tx).await?;
    organizations(&mut tx, &mut access).await?;
    custom_roles(&mut tx, &mut access).await?;
    groups(&mut tx, &mut access).await?;
    members(&mut tx, &mut access).await?;
    service_accounts(&mut tx, &mut access).await?;
    referrals(&mut tx, &mut access).await?;
    grants(&mut tx, &mut access).await?;
    gates(&mut tx, &mut access).await?;
    revoked_sessions(&mut tx, &mut access, now).await?;
    tx.commit().await?;
    Ok(access.at(revision))
}

async fn organizations(conn: &mut PgConnection, access: &mut Access) -> Result<(), LoadError> {
    let mut rows = sqlx::query!(
        r#"select id, kind, state, ceiling as "ceiling: Json<PermissionSet>", delegation, second_factor,
             second_factor_required, modules_off
           from identity.organization"#
    )
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        access.put(&Change::Organization {
            id: OrganizationId::from_uuid(row.id),
            kind: word("organization.kind", &row.kind)?,
            state: word("organization.state", &row.state)?,
            controls: controls(
                row.ceiling,
                row.delegation,
                &row.second_factor,
                row.second_factor_required,
                row.modules_off,
            )?,
        })?;
    }
    Ok(())
}

async fn custom_roles(conn: &mut PgConnection, access: &mut Access) -> Result<(), LoadError> {
    let mut rows = sqlx::query!(
        r#"select id, organization_id, permissions as "permissions: Json<PermissionSet>" from identity.role"#
    )
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        access.put(&Change::Role {
            organization: OrganizationId::from_uuid(row.organization_id),
            role: RoleId::from_uuid(row.id),
            permissions: Some(row.permissions.0),
        })?;
    }
    Ok(())
}

async fn groups(conn: &mut PgConnection, access: &mut Access) -> Result<(), LoadError> {
    let mut rows = sqlx::query!("select id, organization_id, roles from identity.member_group").fetch(conn);
    while let Some(row) = rows.try_next().await? {
        let roles = row.roles.iter().map(|role| word("member_group.roles", role));
        access.put(&Change::Group {
            organization: OrganizationId::from_uuid(row.organization_id),
            group: GroupId::from_uuid(row.id),
            roles: roles.collect::<Result<_, _>>()?,
        })?;
    }
    Ok(())
}

async fn members(conn: &mut PgConnection, access: &mut Access) -> Result<(), LoadError> {
    let mut rows = sqlx::query!(
        r#"select organization_id, user_id as "user_id!", role, custom_role_id, legal_representative, second_factor,
             (select array_agg(group_id) from identity.group_member where member_id = member.id) as groups
           from identity.member where state = 'active'"#
    )
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        access.put(&Change::Member(Membership {
            organization: OrganizationId::from_uuid(row.organization_id),
            principal: UserId::from_uuid(row.user_id).into(),
            role: role_ref("member.role", row.role.as_deref(), row.custom_role_id)?,
            groups: group_ids(row.groups),
            legal_representative: row.legal_representative,
            second_factor: word("member.second_factor", &row.second_factor)?,
            active: true,
        }))?;
    }
    Ok(())
}

async fn service_accounts(conn: &mut PgConnection, access: &mut Access) -> Result<(), LoadError> {
    let mut rows = sqlx::query!(
        r#"select id, organization_id, role, custom_role_id,
             (select array_agg(group_id) from identity.group_member
              where service_account_id = service_account.id) as groups
           from identity.service_account where state = 'active'"#
    )
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        access.put(&Change::Member(Membership {
            organization: OrganizationId::from_uuid(row.organization_id),
            principal: PrincipalId::ServiceAccount(ServiceAccountId::from_uuid(row.id)),
            role: role_ref("service_account.role", row.role.as_deref(), row.custom_role_id)?,
            groups: group_ids(row.groups),
            legal_representative: false,
            second_factor: SecondFactorPolicy::Inherit,
            active: true,
        }))?;
    }
    Ok(())
}

fn group_ids(ids: Option<Vec<uuid::Uuid>>) -> Vec<GroupId> {
    ids.unwrap_or_default()
        .into_iter()
        .map(GroupId::from_uuid)
        .collect()
}

async fn referrals(conn: &mut PgConnection, access: &mut Access) -> Result<(), LoadError> {
    let mut rows = sqlx::query!(
        r#"select referral.organization_id, member.user_id as "user_id!", referral.client_id
           from identity.referral join identity.member on member.id = referral.member_id
           where member.user_id is not null"#
    )
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        access.put(&Change::Referral {
            partner: OrganizationId::from_uuid(row.organization_id),
            advisor: UserId::from_uuid(row.user_id),
            client: OrganizationId::from_uuid(row.client_id),
            listed: true,
        })?;
    }
    Ok(())
}

async fn grants(conn: &mut PgConnection, access: &mut Access) -> Result<(), LoadError> {
    let mut rows = sqlx::query!(
        r#"select partnership_id, client_id, partner_id, version, ended, product_ids,
             ceiling as "ceiling: Json<PermissionSet>", end_time
           from identity.mandate_grant"#
    )
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        access.put(&Change::Grant(Grant {
            partnership: PartnershipId::from_uuid(row.partnership_id),
            client: OrganizationId::from_uuid(row.client_id),
            partner: OrganizationId::from_uuid(row.partner_id),
            version: row.version,
            ended: row.ended,
            scope: grant::scope(row.product_ids),
            ceiling: row.ceiling.0,
            end_time: row.end_time.map(jiff_sqlx::Timestamp::to_jiff),
        }))?;
    }
    Ok(())
}

async fn gates(conn: &mut PgConnection, access: &mut Access) -> Result<(), LoadError> {
    let mut rows =
        sqlx::query!("select organization_id, gate, version, open, missing from identity.gate").fetch(conn);
    while let Some(row) = rows.try_next().await? {
        access.put(&Change::Gate(GateSetting {
            organization: OrganizationId::from_uuid(row.organization_id),
            gate: word("gate.gate", &row.gate)?,
            open: row.open,
            missing: row.missing,
            version: row.version,
        }))?;
    }
    Ok(())
}

async fn revoked_sessions(
    conn: &mut PgConnection,
    access: &mut Access,
    now: Timestamp,
) -> Result<(), LoadError> {
    let mut rows = sqlx::query!(
        "select session_id, until from identity.revoked_session where until > $1",
        now.to_sqlx()
    )
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        access.revoke(SessionId::from_uuid(row.session_id), row.until.to_jiff());
    }
    Ok(())
}
