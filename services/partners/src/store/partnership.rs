//! Partnerships.

use entente_ids::{OrganizationId, PartnershipId, PartnershipInvitationId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{product_uuids, scope, word};
use crate::domain::mandate::Mandate;
use crate::domain::name::key;
use crate::domain::organization::Party;
use crate::domain::partnership::{Intent, Partnership, PartnershipState};
use crate::error::Error;

struct Row {
    id: Uuid,
    invitation_id: Option<Uuid>,
    client_id: Uuid,
    client_name: String,
    partner_id: Uuid,
    partner_name: String,
    state: String,
    mandate_version: i64,
    access: String,
    products: Vec<Uuid>,
    version: i64,
    consented_at: Option<jiff_sqlx::Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    started_at: Option<jiff_sqlx::Timestamp>,
    ended_at: Option<jiff_sqlx::Timestamp>,
    intent_actor: String,
    intent_on_behalf_of: Option<String>,
    intent_request_id: Option<String>,
    intent_traceparent: Option<String>,
    intent_due_at: Timestamp,
}

impl TryFrom<Row> for Partnership {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: PartnershipId::from_uuid(row.id),
            invitation: row.invitation_id.map(PartnershipInvitationId::from_uuid),
            client: Party {
                id: OrganizationId::from_uuid(row.client_id),
                name: row.client_name,
            },
            partner: Party {
                id: OrganizationId::from_uuid(row.partner_id),
                name: row.partner_name,
            },
            state: word("partnership.state", &row.state)?,
            mandate: Mandate {
                version: row.mandate_version,
                scope: scope(&row.access, row.products)?,
            },
            version: row.version,
            consented_at: row.consented_at.map(jiff_sqlx::Timestamp::to_jiff),
            created_at: row.created_at,
            updated_at: row.updated_at,
            started_at: row.started_at.map(jiff_sqlx::Timestamp::to_jiff),
            ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
            intent: Intent {
                actor: row.intent_actor,
                on_behalf_of: row.intent_on_behalf_of,
                request_id: row.intent_request_id,
                traceparent: row.intent_traceparent,
                due_at: row.intent_due_at,
            },
        })
    }
}

macro_rules! select {
    ($rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "select id, invitation_id, client_id, client_name, partner_id, partner_name, state, mandate_version,
                    access, products, version, consented_at, created_at, updated_at, started_at, ended_at,
                    intent_actor, intent_on_behalf_of, intent_request_id, intent_traceparent, intent_due_at
             from partners.partnership " + $rest
            $(, $argument)*
        )
    };
}

/// Reads a partnership of an organization, as its client or its partner.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: PartnershipId,
) -> Result<Option<Partnership>, Error> {
    let row = select!(
        "where id = $2 and $1 in (client_id, partner_id)",
        organization.uuid(),
        id.uuid()
    );
    row.fetch_optional(conn).await?.map(TryInto::try_into).transpose()
}

/// Reads a partnership and keeps everybody else from changing it until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: PartnershipId,
) -> Result<Option<Partnership>, Error> {
    let row = select!(
        "where id = $2 and $1 in (client_id, partner_id) for update",
        organization.uuid(),
        id.uuid()
    );
    row.fetch_optional(conn).await?.map(TryInto::try_into).transpose()
}

/// Whether the client has a partnership with the partner that isn't over.
///
/// # Errors
/// When the database fails.
pub async fn is_running(
    conn: &mut PgConnection,
    client: OrganizationId,
    partner: OrganizationId,
) -> Result<bool, Error> {
    let running = sqlx::query_scalar!(
        r#"select exists (
             select from partners.partnership where client_id = $1 and partner_id = $2 and state <> 'ended'
           ) as "running!""#,
        client.uuid(),
        partner.uuid(),
    );
    Ok(running.fetch_one(conn).await?)
}

/// Whether the client ever had a partnership with the partner.
///
/// # Errors
/// When the database fails.
pub async fn is_known(
    conn: &mut PgConnection,
    client: OrganizationId,
    partner: OrganizationId,
) -> Result<bool, Error> {
    let known = sqlx::query_scalar!(
        r#"select exists (
             select from partners.partnership where client_id = $1 and partner_id = $2
           ) as "known!""#,
        client.uuid(),
        partner.uuid(),
    );
    Ok(known.fetch_one(conn).await?)
}

/// Lists the partnerships of an organization on either side, newest first, before the given one.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    state: Option<PartnershipState>,
    before: Uuid,
    limit: i64,
) -> Result<Vec<Partnership>, Error> {
    let state: Option<&str> = state.map(Into::into);
    // Each side has an index in this order, so that the cost is that of the page; nobody is on both sides. As an
    // array, so that the rows are fetched by these ids whatever the planner believes.
    let rows = select!(
        "where id = any (array(
           (select id from partners.partnership
            where client_id = $1 and id < $2 and ($3::text is null or state = $3) order by id desc limit $4)
           union all
           (select id from partners.partnership
            where partner_id = $1 and id < $2 and ($3::text is null or state = $3) order by id desc limit $4)
         ))
         order by id desc limit $4",
        organization.uuid(),
        before,
        state,
        limit,
    );
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Lists the partnerships in force of a partner by the client's name, after the given key and id. An empty query means
/// all of them.
///
/// # Errors
/// When the database fails.
pub async fn list_clients(
    conn: &mut PgConnection,
    partner: OrganizationId,
    query: &str,
    (after_key, after_id): (&str, Uuid),
    limit: i64,
) -> Result<Vec<Partnership>, Error> {
    let rows = select!(
        "where partner_id = $1 and state in ('active', 'narrowing') and strpos(client_name_key, $2) > 0
           and (client_name_key, id) > ($3, $4)
         order by client_name_key, id limit $5",
        partner.uuid(),
        key(query),
        after_key,
        after_id,
        limit,
    );
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Reads the partnerships of an organization that aren't over, on either side, and keeps everybody else from changing
/// them.
///
/// # Errors
/// When the database fails.
pub async fn lock_running(
    conn: &mut PgConnection,
    organization: OrganizationId,
) -> Result<Vec<Partnership>, Error> {
    let rows = select!(
        "where $1 in (client_id, partner_id) and state <> 'ended' order by id for update",
        organization.uuid(),
    );
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Takes partnerships with a step that was left behind, and puts off when it counts so again: nobody else takes them
/// meanwhile. Only transactions of the worker see all of them.
///
/// # Errors
/// When the database fails.
pub async fn claim_left_behind(
    conn: &mut PgConnection,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Partnership>, Error> {
    let claimed = sqlx::query_scalar!(
        "update partners.partnership set intent_due_at = $2
         where id in (
           select id from partners.partnership
           where state in ('starting', 'narrowing', 'ending') and intent_due_at <= $1
           order by intent_due_at limit $3 for update skip locked
         )
         returning id",
        now.to_sqlx(),
        until.to_sqlx(),
        limit,
    );
    let claimed = claimed.fetch_all(&mut *conn).await?;
    let rows = select!("where id = any($1)", &claimed);
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Adds a partnership.
///
/// # Errors
/// [`Error::AlreadyPartners`], or when the database fails.
pub async fn add(conn: &mut PgConnection, partnership: &Partnership) -> Result<(), Error> {
    let state: &str = partnership.state.into();
    sqlx::query!(
        "insert into partners.partnership
           (id, invitation_id, client_id, client_name, client_name_key, partner_id, partner_name, state,
            mandate_version, access, products, version, consented_at, created_at, updated_at, intent_actor,
            intent_on_behalf_of, intent_request_id, intent_traceparent, intent_due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        partnership.id.uuid(),
        partnership.invitation.map(|invitation| invitation.uuid()),
        partnership.client.id.uuid(),
        partnership.client.name,
        key(&partnership.client.name),
        partnership.partner.id.uuid(),
        partnership.partner.name,
        state,
        partnership.mandate.version,
        partnership.mandate.scope.access(),
        &product_uuids(&partnership.mandate.scope),
        partnership.version,
        partnership.consented_at.map(ToSqlx::to_sqlx),
        partnership.created_at.to_sqlx(),
        partnership.updated_at.to_sqlx(),
        partnership.intent.actor,
        partnership.intent.on_behalf_of,
        partnership.intent.request_id,
        partnership.intent.traceparent,
        partnership.intent.due_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

/// Stores a step of a partnership.
///
/// # Errors
/// When the database fails.
pub async fn update(conn: &mut PgConnection, partnership: &Partnership) -> Result<(), Error> {
    let state: &str = partnership.state.into();
    sqlx::query!(
        "update partners.partnership
         set state = $2, mandate_version = $3, version = $4, updated_at = $5, started_at = $6, ended_at = $7,
             intent_actor = $8, intent_on_behalf_of = $9, intent_request_id = $10, intent_traceparent = $11,
             intent_due_at = $12, consented_at = $13, access = $14, products = $15
         where id = $1",
        partnership.id.uuid(),
        state,
        partnership.mandate.version,
        partnership.version,
        partnership.updated_at.to_sqlx(),
        partnership.started_at.map(ToSqlx::to_sqlx),
        partnership.ended_at.map(ToSqlx::to_sqlx),
        partnership.intent.actor,
        partnership.intent.on_behalf_of,
        partnership.intent.request_id,
        partnership.intent.traceparent,
        partnership.intent.due_at.to_sqlx(),
        partnership.consented_at.map(ToSqlx::to_sqlx),
        partnership.mandate.scope.access(),
        &product_uuids(&partnership.mandate.scope),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives the partnerships of an organization its new name.
///
/// # Errors
/// When the database fails.
pub async fn rename(conn: &mut PgConnection, party: &Party) -> Result<(), Error> {
    sqlx::query!(
        "update partners.partnership set client_name = $2, client_name_key = $3
         where client_id = $1 and client_name <> $2",
        party.id.uuid(),
        party.name,
        key(&party.name),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update partners.partnership set partner_name = $2 where partner_id = $1 and partner_name <> $2",
        party.id.uuid(),
        party.name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn taken(cause: sqlx::Error) -> Error {
    let error = entente_pg::Error::from(cause);
    match error.constraint() {
        Some("partnership_running") => Error::AlreadyPartners,
        Some(_) | None => error.into(),
    }
}
