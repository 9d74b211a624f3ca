//! All access data at one revision.

use entente_ids::{MemberId, OrganizationId, PartnershipId, SessionId, UserId};
use entente_pg::Database;
use futures::TryStreamExt as _;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{grant, revision, word};
use crate::domain::decision::{
    Access, Change, GateSetting, Grant, OutOfOrder, PermissionSet, RolePermissions,
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
    members(&mut tx, &mut access).await?;
    grants(&mut tx, &mut access).await?;
    gates(&mut tx, &mut access).await?;
    revoked_sessions(&mut tx, &mut access, now).await?;
    tx.commit().await?;
    Ok(access.at(revision))
}

async fn organizations(conn: &mut PgConnection, access: &mut Access) -> Result<(), LoadError> {
    let mut rows = sqlx::query!("select id, parent_id, kind, state from identity.organization").fetch(conn);
    while let Some(row) = rows.try_next().await? {
        access.put(&Change::Organization {
            id: OrganizationId::from_uuid(row.id),
            kind: word("organization.kind", &row.kind)?,
            parent: row.parent_id.map(OrganizationId::from_uuid),
            state: word("organization.state", &row.state)?,
        })?;
    }
    Ok(())
}

async fn members(conn: &mut PgConnection, access: &mut Access) -> Result<(), LoadError> {
    let mut rows = sqlx::query!(
        r#"select id, organization_id, user_id as "user_id!", role, legal_representative from identity.member
           where state = 'active'"#
    )
    .fetch(conn);
    while let Some(row) = rows.try_next().await? {
        access.put(&Change::Member {
            organization: OrganizationId::from_uuid(row.organization_id),
            user: UserId::from_uuid(row.user_id),
            member: MemberId::from_uuid(row.id),
            role: word("member.role", &row.role)?,
            legal_representative: row.legal_representative,
            active: true,
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
