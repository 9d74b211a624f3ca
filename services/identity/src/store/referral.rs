//! The clients on the lists of advisors.

use entente_ids::{MemberId, OrganizationId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// A client on an advisor's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Referral {
    /// The client.
    pub client: OrganizationId,
    /// When it was added.
    pub added_at: Timestamp,
}

/// Which of these organizations have given the partner a mandate that was not ended.
///
/// # Errors
/// When the database fails.
pub async fn list_clients(
    conn: &mut PgConnection,
    partner: OrganizationId,
    clients: &[OrganizationId],
) -> Result<Vec<OrganizationId>, Error> {
    let rows = sqlx::query_scalar!(
        "select distinct client_id from identity.mandate_grant
         where partner_id = $1 and not ended and client_id = any($2)",
        partner.uuid(),
        &uuids(clients)
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrganizationId::from_uuid).collect())
}

/// Puts clients on an advisor's list, and tells which of them weren't on it.
///
/// # Errors
/// When the database fails.
pub async fn add(
    conn: &mut PgConnection,
    partner: OrganizationId,
    advisor: MemberId,
    clients: &[OrganizationId],
    now: Timestamp,
) -> Result<Vec<OrganizationId>, Error> {
    let rows = sqlx::query_scalar!(
        "insert into identity.referral (organization_id, member_id, client_id, added_at)
         select $1, $2, id, $4 from unnest($3::uuid[]) as id
         on conflict do nothing returning client_id",
        partner.uuid(),
        advisor.uuid(),
        &uuids(clients),
        now.to_sqlx()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrganizationId::from_uuid).collect())
}

/// Takes clients off an advisor's list, and tells which of them were on it.
///
/// # Errors
/// When the database fails.
pub async fn remove(
    conn: &mut PgConnection,
    advisor: MemberId,
    clients: &[OrganizationId],
) -> Result<Vec<OrganizationId>, Error> {
    let rows = sqlx::query_scalar!(
        "delete from identity.referral where member_id = $1 and client_id = any($2) returning client_id",
        advisor.uuid(),
        &uuids(clients)
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrganizationId::from_uuid).collect())
}

/// Takes all clients off the list of who is removed, and tells which: the same person may come back as another member.
///
/// # Errors
/// When the database fails.
pub async fn clear(conn: &mut PgConnection, advisor: MemberId) -> Result<Vec<OrganizationId>, Error> {
    let rows = sqlx::query_scalar!(
        "delete from identity.referral where member_id = $1 returning client_id",
        advisor.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(OrganizationId::from_uuid).collect())
}

/// Lists the clients of an advisor, who was added first at the front, after the given place in that order.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    advisor: MemberId,
    after: (Timestamp, OrganizationId),
    limit: i64,
) -> Result<Vec<Referral>, Error> {
    let rows = sqlx::query!(
        "select client_id, added_at from identity.referral
         where member_id = $1 and (added_at, client_id) > ($2::timestamptz, $3::uuid)
         order by added_at, client_id limit $4",
        advisor.uuid(),
        after.0.to_sqlx(),
        after.1.uuid(),
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Referral {
            client: OrganizationId::from_uuid(row.client_id),
            added_at: row.added_at.to_jiff(),
        })
        .collect())
}

fn uuids(clients: &[OrganizationId]) -> Vec<Uuid> {
    clients.iter().map(|id| id.uuid()).collect()
}
