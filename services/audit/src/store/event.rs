//! The events, as they are read.

use entente_ids::{EventId, OrganizationId};
use jiff_sqlx::ToSqlx as _;
use sqlx::{FromRow as _, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::chain::{Hash, Link};
use crate::domain::event::Event;
use crate::domain::search::{Filter, Position};
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    organization_id: Option<Uuid>,
    chain_index: i64,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
    event_id: Uuid,
    r#type: String,
    occurred_at: jiff_sqlx::Timestamp,
    actor: String,
    on_behalf_of: Option<String>,
    resource: String,
    organizations: Vec<String>,
    changes: String,
    trace_id: Option<String>,
    request_id: Option<String>,
}

impl TryFrom<Row> for Link {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let hash = |bytes: &[u8], column| Hash::try_from(bytes).map_err(|_| Error::Corrupt(column));
        Ok(Self {
            organization: row.organization_id.map(OrganizationId::from_uuid),
            index: row.chain_index,
            previous: hash(&row.previous_hash, "event.previous_hash")?,
            hash: hash(&row.hash, "event.hash")?,
            event: Event {
                id: EventId::from_uuid(row.event_id),
                kind: row.r#type,
                time: row.occurred_at.to_jiff(),
                actor: row.actor,
                on_behalf_of: row.on_behalf_of,
                resource: row.resource,
                organizations: row.organizations,
                changes: row.changes,
                trace: row.trace_id,
                request: row.request_id,
            },
        })
    }
}

/// Reads one event of an organization.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    event: EventId,
) -> Result<Option<Link>, Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select organization_id, chain_index, previous_hash, hash, event_id, type, occurred_at, actor, on_behalf_of,
             resource, organizations, changes::text as "changes!", trace_id, request_id
           from audit.event where organization_id = $1 and event_id = $2"#,
        organization.uuid(),
        event.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Lists events of an organization, newest first, from behind a position on. The conditions are only those that are
/// asked for, so that each filter finds its index.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    filter: &Filter,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Link>, Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select organization_id, chain_index, previous_hash, hash, event_id, type, occurred_at, actor, on_behalf_of,
           resource, organizations, changes::text as changes, trace_id, request_id
         from audit.event where organization_id = ",
    );
    query.push_bind(organization.uuid());
    if let Some(kind) = &filter.kind {
        query.push(" and type = ").push_bind(kind);
    }
    if let Some(actor) = &filter.actor {
        query.push(" and actor = ").push_bind(actor);
    }
    if let Some(resource) = &filter.resource {
        query.push(" and resource = ").push_bind(resource);
    }
    if let Some(start) = filter.start {
        query.push(" and occurred_at >= ").push_bind(start.to_sqlx());
    }
    if let Some(end) = filter.end {
        query.push(" and occurred_at < ").push_bind(end.to_sqlx());
    }
    if let Some((time, id)) = after {
        query
            .push(" and (occurred_at, event_id) < (")
            .push_bind(time.to_sqlx());
        query.push(", ").push_bind(id.uuid()).push(")");
    }
    query
        .push(" order by occurred_at desc, event_id desc limit ")
        .push_bind(limit);
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(|row| Row::from_row(row)?.try_into()).collect()
}

/// Lists the links of a chain in their order, from behind an index on; no organization means what concerns nobody.
///
/// # Errors
/// When the database fails.
pub async fn links(
    conn: &mut PgConnection,
    organization: Option<OrganizationId>,
    after: i64,
    limit: i64,
) -> Result<Vec<Link>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select organization_id, chain_index, previous_hash, hash, event_id, type, occurred_at, actor, on_behalf_of,
             resource, organizations, changes::text as "changes!", trace_id, request_id
           from audit.event
           where coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid)
               = coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
             and chain_index > $2
           order by chain_index limit $3"#,
        organization.map(OrganizationId::uuid),
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}
