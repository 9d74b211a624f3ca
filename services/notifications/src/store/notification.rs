//! What stands in people's lists.

use entente_ids::{NotificationId, OrganizationId, UserId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{facts, kind, to_json};
use crate::domain::notification::Notification;
use crate::error::Error;

struct Row {
    id: Uuid,
    organization_id: Uuid,
    user_id: Uuid,
    r#type: String,
    facts: Value,
    resource: String,
    occurred_at: Timestamp,
    read_at: Option<jiff_sqlx::Timestamp>,
}

/// Whose list, and which part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Where they act.
    pub organization: OrganizationId,
    /// Whose.
    pub user: UserId,
    /// Which part.
    pub part: Part,
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    All,
    /// What wasn't read.
    Unread,
}

/// A place in the order of a list: when the notification there happened, and which one it is.
pub type Position = (Timestamp, NotificationId);

/// Adds one; somebody who was told of the event in that organization isn't told twice.
pub async fn add(conn: &mut PgConnection, event: &str, notification: &Notification) -> Result<(), Error> {
    sqlx::query!(
        "insert into notifications.notification
           (id, organization_id, user_id, event_id, type, facts, resource, occurred_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        notification.id.uuid(),
        notification.organization.uuid(),
        notification.user.uuid(),
        event,
        notification.kind.as_str(),
        to_json(&notification.facts)?,
        notification.resource,
        notification.occurred_at.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists what stands after a place, newest first.
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Notification>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, organization_id, user_id, type, facts, resource, occurred_at, read_at
         from notifications.notification
         where organization_id = $1 and user_id = $2 and (read_at is null or not $3)
           and ($4::timestamptz is null or (occurred_at, id) < ($4, $5))
         order by occurred_at desc, id desc limit $6",
        filter.organization.uuid(),
        filter.user.uuid(),
        filter.part == Part::Unread,
        after.map(|(occurred_at, _)| occurred_at.to_sqlx()),
        after.map(|(_, id)| id.uuid()),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Notification::try_from).collect()
}

/// Counts what somebody hasn't read.
pub async fn count_unread(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from notifications.notification
           where organization_id = $1 and user_id = $2 and read_at is null"#,
        organization.uuid(),
        user.uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// Marks one as read and gives it; none where this person has no such notification there. The first time stands.
pub async fn mark_read(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
    id: NotificationId,
    now: Timestamp,
) -> Result<Option<Notification>, Error> {
    let row = sqlx::query_as!(
        Row,
        "update notifications.notification set read_at = coalesce(read_at, $4)
         where organization_id = $1 and user_id = $2 and id = $3
         returning id, organization_id, user_id, type, facts, resource, occurred_at, read_at",
        organization.uuid(),
        user.uuid(),
        id.uuid(),
        now.to_sqlx(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(Notification::try_from).transpose()
}

/// Marks all that somebody hasn't read, and counts it.
pub async fn mark_all_read(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<i64, Error> {
    let marked = sqlx::query!(
        "update notifications.notification set read_at = $3
         where organization_id = $1 and user_id = $2 and read_at is null",
        organization.uuid(),
        user.uuid(),
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(i64::try_from(marked.rows_affected()).unwrap_or(i64::MAX))
}

impl TryFrom<Row> for Notification {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: NotificationId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            user: UserId::from_uuid(row.user_id),
            kind: kind("notification.type", &row.r#type)?,
            facts: facts("notification.facts", row.facts)?,
            resource: row.resource,
            occurred_at: row.occurred_at,
            read_at: row.read_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}
