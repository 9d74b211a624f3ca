//! Invitations.

use entente_ids::{OrganizationId, PartnershipId, PartnershipInvitationId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{product_uuids, scope, word};
use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::organization::Party;
use crate::error::Error;

struct Row {
    id: Uuid,
    client_id: Uuid,
    client_name: String,
    partner_id: Uuid,
    partner_name: String,
    access: String,
    products: Vec<Uuid>,
    message: String,
    state: String,
    generation: i32,
    expires_at: Timestamp,
    partnership_id: Option<Uuid>,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for Invitation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: PartnershipInvitationId::from_uuid(row.id),
            client: Party {
                id: OrganizationId::from_uuid(row.client_id),
                name: row.client_name,
            },
            partner: Party {
                id: OrganizationId::from_uuid(row.partner_id),
                name: row.partner_name,
            },
            scope: scope(&row.access, row.products)?,
            message: row.message,
            state: word("invitation.state", &row.state)?,
            generation: u32::try_from(row.generation).map_err(|_| Error::Corrupt("invitation.generation"))?,
            expires_at: row.expires_at,
            partnership: row.partnership_id.map(PartnershipId::from_uuid),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "select id, client_id, client_name, partner_id, partner_name, access, products, message, state,
                    generation, expires_at, partnership_id, version, created_at, updated_at
             from partners.invitation " + $rest
            $(, $argument)*
        )
    };
}

/// Reads an invitation of an organization, as its client or its partner.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: PartnershipInvitationId,
) -> Result<Option<Invitation>, Error> {
    let row = select!(
        "where id = $2 and $1 in (client_id, partner_id)",
        organization.uuid(),
        id.uuid()
    );
    row.fetch_optional(conn).await?.map(TryInto::try_into).transpose()
}

/// Reads an invitation and keeps everybody else from changing it until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: PartnershipInvitationId,
) -> Result<Option<Invitation>, Error> {
    let row = select!(
        "where id = $2 and $1 in (client_id, partner_id) for update",
        organization.uuid(),
        id.uuid()
    );
    row.fetch_optional(conn).await?.map(TryInto::try_into).transpose()
}

/// Reads an invitation, whoever its parties are. Only transactions of the worker see it.
///
/// # Errors
/// When the database fails.
pub async fn find_any(
    conn: &mut PgConnection,
    id: PartnershipInvitationId,
) -> Result<Option<Invitation>, Error> {
    let row = select!("where id = $1", id.uuid());
    row.fetch_optional(conn).await?.map(TryInto::try_into).transpose()
}

/// Lists what an organization sent or received, newest first, before the given one. Where it stands counts as of now.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    state: Option<InvitationState>,
    now: Timestamp,
    before: Uuid,
    limit: i64,
) -> Result<Vec<Invitation>, Error> {
    let state: Option<&str> = state.map(Into::into);
    // Each side has an index in this order, so that the cost is that of the page; nobody is on both sides. As an
    // array, so that the rows are fetched by these ids whatever the planner believes.
    let rows = select!(
        "where id = any (array(
           (select id from partners.invitation
            where client_id = $1 and id < $2 and ($3::text is null
              or $3 = case when state = 'pending' and expires_at <= $4 then 'expired' else state end)
            order by id desc limit $5)
           union all
           (select id from partners.invitation
            where partner_id = $1 and id < $2 and ($3::text is null
              or $3 = case when state = 'pending' and expires_at <= $4 then 'expired' else state end)
            order by id desc limit $5)
         ))
         order by id desc limit $5",
        organization.uuid(),
        before,
        state,
        now.to_sqlx(),
        limit,
    );
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Reads pending invitations whose time is over, and keeps everybody else from changing them; those that somebody else
/// is changing are left out. Only transactions of the worker see all of them.
///
/// # Errors
/// When the database fails.
pub async fn lock_overdue(
    conn: &mut PgConnection,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Invitation>, Error> {
    let rows = select!(
        "where state = 'pending' and expires_at <= $1 order by expires_at limit $2 for update skip locked",
        now.to_sqlx(),
        limit,
    );
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Reads the pending invitation between two organizations, and keeps everybody else from changing it.
///
/// # Errors
/// When the database fails.
pub async fn lock_pending(
    conn: &mut PgConnection,
    client: OrganizationId,
    partner: OrganizationId,
) -> Result<Option<Invitation>, Error> {
    let row = select!(
        "where client_id = $1 and partner_id = $2 and state = 'pending' for update",
        client.uuid(),
        partner.uuid(),
    );
    row.fetch_optional(conn).await?.map(TryInto::try_into).transpose()
}

/// Adds an invitation.
///
/// # Errors
/// [`Error::AlreadyInvited`], or when the database fails.
pub async fn add(conn: &mut PgConnection, invitation: &Invitation) -> Result<(), Error> {
    let state: &str = invitation.state.into();
    sqlx::query!(
        "insert into partners.invitation
           (id, client_id, client_name, partner_id, partner_name, access, products, message, state, generation,
            expires_at, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        invitation.id.uuid(),
        invitation.client.id.uuid(),
        invitation.client.name,
        invitation.partner.id.uuid(),
        invitation.partner.name,
        invitation.scope.access(),
        &product_uuids(&invitation.scope),
        invitation.message,
        state,
        generation(invitation)?,
        invitation.expires_at.to_sqlx(),
        invitation.version,
        invitation.created_at.to_sqlx(),
        invitation.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

/// Stores a step of an invitation.
///
/// # Errors
/// When the database fails.
pub async fn update(conn: &mut PgConnection, invitation: &Invitation) -> Result<(), Error> {
    let state: &str = invitation.state.into();
    sqlx::query!(
        "update partners.invitation
         set state = $2, generation = $3, expires_at = $4, partnership_id = $5, version = $6, updated_at = $7
         where id = $1",
        invitation.id.uuid(),
        state,
        generation(invitation)?,
        invitation.expires_at.to_sqlx(),
        invitation.partnership.map(PartnershipId::uuid),
        invitation.version,
        invitation.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives the invitations of an organization its new name.
///
/// # Errors
/// When the database fails.
pub async fn rename(conn: &mut PgConnection, party: &Party) -> Result<(), Error> {
    sqlx::query!(
        "update partners.invitation set client_name = $2 where client_id = $1 and client_name <> $2",
        party.id.uuid(),
        party.name,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update partners.invitation set partner_name = $2 where partner_id = $1 and partner_name <> $2",
        party.id.uuid(),
        party.name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn generation(invitation: &Invitation) -> Result<i32, Error> {
    i32::try_from(invitation.generation).map_err(|_| Error::Corrupt("invitation.generation"))
}

fn taken(cause: sqlx::Error) -> Error {
    let error = entente_pg::Error::from(cause);
    match error.constraint() {
        Some("invitation_pending") => Error::AlreadyInvited,
        Some(_) | None => error.into(),
    }
}
