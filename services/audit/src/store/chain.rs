//! The chains: their ends, and how they grow.

use entente_ids::OrganizationId;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::chain::{Hash, Head, Link};
use crate::domain::event::Event;
use crate::error::Error;

/// The chain of what concerns nobody has this for its organization.
const NOBODY: Uuid = Uuid::nil();

struct Row {
    organization_id: Uuid,
    last_index: i64,
    last_hash: Vec<u8>,
}

impl TryFrom<Row> for (Option<OrganizationId>, Head) {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let hash = Hash::try_from(row.last_hash.as_slice()).map_err(|_| Error::Corrupt("chain.last_hash"))?;
        Ok((
            organization(row.organization_id),
            Head {
                index: row.last_index,
                hash,
            },
        ))
    }
}

/// Locks the ends of some chains, until the transaction ends, for links to be added. Chains that aren't there begin.
///
/// A transaction of the consumer holds several events, and so locks chains in any order; two of them would wait for
/// each other. So they take turns: one lock for all comes before those of the rows.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    conn: &mut PgConnection,
    organizations: &[Option<OrganizationId>],
) -> Result<Vec<(Option<OrganizationId>, Head)>, Error> {
    let ids: Vec<Uuid> = organizations.iter().copied().map(id).collect();
    let rows = sqlx::query_as!(
        Row,
        "with turn as materialized (select pg_advisory_xact_lock(hashtextextended('entente.audit.chain', 0)))
         insert into audit.chain as known (organization_id, last_index, last_hash)
         select organization, $2, $3 from turn, unnest($1::uuid[]) as organization
         on conflict (organization_id) do update set last_index = known.last_index
         returning organization_id, last_index, last_hash",
        &ids,
        Head::START.index,
        Head::START.hash.as_bytes(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Adds the links of one event, each to its chain; the chains are locked.
///
/// # Errors
/// When the database fails.
pub async fn add(conn: &mut PgConnection, event: &Event, links: &[Link]) -> Result<(), Error> {
    let organizations: Vec<Uuid> = links.iter().map(|link| id(link.organization)).collect();
    let indexes: Vec<i64> = links.iter().map(|link| link.index).collect();
    let previous: Vec<Vec<u8>> = links
        .iter()
        .map(|link| link.previous.as_bytes().to_vec())
        .collect();
    let hashes: Vec<Vec<u8>> = links.iter().map(|link| link.hash.as_bytes().to_vec()).collect();
    sqlx::query!(
        "with link as (
           select * from unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::bytea[])
             as link (organization_id, chain_index, previous_hash, hash)
         ), added as (
           insert into audit.event
             (organization_id, chain_index, previous_hash, hash, event_id, type, occurred_at, actor, on_behalf_of,
              resource, organizations, changes, trace_id, request_id)
           select nullif(organization_id, $5), chain_index, previous_hash, hash, $6, $7, $8, $9, $10,
              $11, $12, $13::text::json, $14, $15
           from link
         )
         update audit.chain set last_index = link.chain_index, last_hash = link.hash
         from link where chain.organization_id = link.organization_id",
        &organizations,
        &indexes,
        &previous,
        &hashes,
        NOBODY,
        event.id.uuid(),
        event.kind,
        event.time.to_sqlx(),
        event.actor,
        event.on_behalf_of,
        event.resource,
        &event.organizations,
        event.changes,
        event.trace,
        event.request,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists the chains with their noted ends, after the one of this organization. A chain whose end was taken away is
/// noted as one that hasn't begun.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    after: Option<Option<OrganizationId>>,
    limit: i64,
) -> Result<Vec<(Option<OrganizationId>, Head)>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select organization_id as "organization_id!", coalesce(last_index, $3) as "last_index!",
             coalesce(last_hash, $4) as "last_hash!"
           from audit.chain full join (
             select distinct coalesce(organization_id, '00000000-0000-0000-0000-000000000000'::uuid) as organization_id
             from audit.event
           ) linked using (organization_id)
           where $1::uuid is null or organization_id > $1 order by organization_id limit $2"#,
        after.map(id),
        limit,
        Head::START.index,
        Head::START.hash.as_bytes(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Finds the noted end of an organization's chain.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, organization: OrganizationId) -> Result<Option<Head>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select organization_id, last_index, last_hash from audit.chain where organization_id = $1",
        organization.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    let found: Option<(_, Head)> = row.map(TryInto::try_into).transpose()?;
    Ok(found.map(|(_, noted)| noted))
}

fn id(organization: Option<OrganizationId>) -> Uuid {
    organization.map_or(NOBODY, OrganizationId::uuid)
}

fn organization(id: Uuid) -> Option<OrganizationId> {
    (id != NOBODY).then(|| OrganizationId::from_uuid(id))
}
