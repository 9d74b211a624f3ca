//! Service accounts.

use entente_ids::{GroupId, OrganizationId, ServiceAccountId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{role_columns, role_ref, word};
use crate::domain::member::MemberRefusal;
use crate::domain::name::DisplayName;
use crate::domain::service_account::ServiceAccount;
use crate::error::Error;

struct Row {
    id: Uuid,
    organization_id: Uuid,
    display_name: String,
    description: String,
    role: Option<String>,
    custom_role_id: Option<Uuid>,
    groups: Vec<Uuid>,
    state: String,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for ServiceAccount {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: ServiceAccountId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            display_name: DisplayName::new(&row.display_name)
                .map_err(|_| Error::Corrupt("service_account.display_name"))?,
            description: row.description,
            role: role_ref("service_account.role", row.role.as_deref(), row.custom_role_id)?,
            groups: row.groups.into_iter().map(GroupId::from_uuid).collect(),
            state: word("service_account.state", &row.state)?,
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
            r#"select id, organization_id, display_name, description, role, custom_role_id, state, version, created_at,
                 updated_at, array(select group_id from identity.group_member
                                   where service_account_id = service_account.id order by group_id) as "groups!"
               from identity.service_account "# + $rest
            $(, $argument)*
        )
    };
}

/// Reads a service account of an organization, deleted or not.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<Option<ServiceAccount>, Error> {
    let row = select!(
        "where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads a service account, whatever its organization. For the worker.
///
/// # Errors
/// When the database fails.
pub async fn lookup(conn: &mut PgConnection, id: ServiceAccountId) -> Result<Option<ServiceAccount>, Error> {
    let row = select!("where id = $1", id.uuid()).fetch_optional(conn).await?;
    row.map(TryInto::try_into).transpose()
}

/// Lists the service accounts of an organization that aren't deleted by name, after the one whose name has this key.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    after: &str,
    limit: i64,
) -> Result<Vec<ServiceAccount>, Error> {
    let rows = select!(
        "where organization_id = $1 and state <> 'deleted' and name_key > $2 order by name_key limit $3",
        organization.uuid(),
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Lists those of these service accounts that the organization has.
///
/// # Errors
/// When the database fails.
pub async fn list_some(
    conn: &mut PgConnection,
    organization: OrganizationId,
    ids: &[ServiceAccountId],
) -> Result<Vec<ServiceAccount>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = select!(
        "where organization_id = $1 and id = any($2)",
        organization.uuid(),
        &ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Adds a service account.
///
/// # Errors
/// [`Error::Taken`], [`MemberRefusal::RoleUnknown`], or when the database fails.
pub async fn add(conn: &mut PgConnection, account: &ServiceAccount) -> Result<(), Error> {
    let (built_in, custom) = role_columns(account.role);
    sqlx::query!(
        "insert into identity.service_account
           (id, organization_id, display_name, name_key, description, role, custom_role_id, state, version,
            created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        account.id.uuid(),
        account.organization.uuid(),
        account.display_name.as_str(),
        account.display_name.key(),
        account.description,
        built_in,
        custom,
        account.state.as_str(),
        account.version,
        account.created_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

/// Stores what can change of a service account.
///
/// # Errors
/// [`Error::Taken`], [`MemberRefusal::RoleUnknown`], or when the database fails.
pub async fn update(conn: &mut PgConnection, account: &ServiceAccount) -> Result<(), Error> {
    let (built_in, custom) = role_columns(account.role);
    sqlx::query!(
        "update identity.service_account
         set display_name = $3, name_key = $4, description = $5, role = $6, custom_role_id = $7, state = $8,
             version = $9, updated_at = $10
         where organization_id = $1 and id = $2",
        account.organization.uuid(),
        account.id.uuid(),
        account.display_name.as_str(),
        account.display_name.key(),
        account.description,
        built_in,
        custom,
        account.state.as_str(),
        account.version,
        account.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

fn taken(cause: sqlx::Error) -> Error {
    let error = entente_pg::Error::from(cause);
    match error.constraint() {
        Some("service_account_name_key") => Error::Taken("service account"),
        Some("service_account_custom_role") => MemberRefusal::RoleUnknown.into(),
        Some(_) | None => error.into(),
    }
}
