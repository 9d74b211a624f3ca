//! Clients that a partner created, until their partnership starts. Only transactions of the worker see them.

use entente_ids::OrganizationId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::organization::NewClient;
use crate::error::Error;

struct Row {
    client_id: Uuid,
    partner_id: Uuid,
    actor: String,
    on_behalf_of: Option<String>,
    request_id: Option<String>,
    traceparent: Option<String>,
}

impl From<Row> for NewClient {
    fn from(row: Row) -> Self {
        Self {
            client: OrganizationId::from_uuid(row.client_id),
            partner: OrganizationId::from_uuid(row.partner_id),
            actor: row.actor,
            on_behalf_of: row.on_behalf_of,
            request_id: row.request_id,
            traceparent: row.traceparent,
        }
    }
}

/// Notes a client; where it is noted already, nothing changes.
///
/// # Errors
/// When the database fails.
pub async fn add(conn: &mut PgConnection, new: &NewClient) -> Result<(), Error> {
    sqlx::query!(
        "insert into partners.new_client (client_id, partner_id, actor, on_behalf_of, request_id, traceparent)
         values ($1, $2, $3, $4, $5, $6) on conflict (client_id) do nothing",
        new.client.uuid(),
        new.partner.uuid(),
        new.actor,
        new.on_behalf_of,
        new.request_id,
        new.traceparent,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes clients whose partner is known, and forgets them if the transaction commits: nobody else takes them meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn take(conn: &mut PgConnection, limit: i64) -> Result<Vec<NewClient>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "delete from partners.new_client where client_id in (
           select new.client_id from partners.new_client new
           join partners.organization partner on partner.id = new.partner_id
           order by new.client_id limit $1 for update of new skip locked
         )
         returning client_id, partner_id, actor, on_behalf_of, request_id, traceparent",
        limit,
    );
    let rows = rows.fetch_all(conn).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
