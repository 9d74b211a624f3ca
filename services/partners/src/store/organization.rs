//! What is known of organizations. Only transactions of the worker see it.

use entente_ids::OrganizationId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::word;
use crate::domain::name::key;
use crate::domain::organization::{Organization, OrganizationKind, OrganizationState};
use crate::error::Error;

struct Row {
    id: Uuid,
    kind: String,
    state: String,
    display_name: String,
    contact_email: String,
}

impl TryFrom<Row> for Organization {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: OrganizationId::from_uuid(row.id),
            kind: word::<OrganizationKind>("organization.kind", &row.kind)?,
            state: word::<OrganizationState>("organization.state", &row.state)?,
            display_name: row.display_name,
            contact_email: row.contact_email,
        })
    }
}

macro_rules! select {
    ($rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "select id, kind, state, display_name, contact_email from partners.organization " + $rest
            $(, $argument)*
        )
    };
}

/// Reads organizations and keeps their names from changing until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn hold(conn: &mut PgConnection, ids: &[OrganizationId]) -> Result<Vec<Organization>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = select!("where id = any($1) order by id for share", &ids);
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Searches the public directory of partners, by part of the name or by the whole address, whatever their case. The
/// partners come by name, after the one with this key and id.
///
/// # Errors
/// When the database fails.
pub async fn search(
    conn: &mut PgConnection,
    asking: OrganizationId,
    query: &str,
    (after_key, after_id): (&str, Uuid),
    limit: i64,
) -> Result<Vec<Organization>, Error> {
    let rows = select!(
        "where kind in ('partner', 'sub_partner', 'affiliate') and state = 'active' and id <> $1
           and (strpos(name_key, $2) > 0 or contact_email = $3) and (name_key, id) > ($4, $5)
         order by name_key, id limit $6",
        asking.uuid(),
        key(query),
        query.trim().to_lowercase(),
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

/// Stores what identity announced. The address is kept in lower case, in which it is searched.
///
/// # Errors
/// When the database fails.
pub async fn put(conn: &mut PgConnection, organization: &Organization) -> Result<(), Error> {
    let kind: &str = organization.kind.into();
    let state: &str = organization.state.into();
    sqlx::query!(
        "insert into partners.organization (id, kind, state, display_name, name_key, contact_email)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update
         set kind = excluded.kind, state = excluded.state, display_name = excluded.display_name,
             name_key = excluded.name_key, contact_email = excluded.contact_email",
        organization.id.uuid(),
        kind,
        state,
        organization.display_name,
        key(&organization.display_name),
        organization.contact_email.trim().to_lowercase(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
