//! The keys of service accounts. The hash of a secret is read by nobody but the one who holds a key against it.

use entente_ids::{ApiKeyId, OrganizationId, ServiceAccountId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::name::DisplayName;
use crate::domain::service_account::ApiKey;
use crate::error::Error;

struct Row {
    id: Uuid,
    organization_id: Uuid,
    service_account_id: Uuid,
    display_name: String,
    expires_at: Timestamp,
    last_used_at: Option<jiff_sqlx::Timestamp>,
    revoked_at: Option<jiff_sqlx::Timestamp>,
    successor_id: Option<Uuid>,
    created_at: Timestamp,
}

impl TryFrom<Row> for ApiKey {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: ApiKeyId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            service_account: ServiceAccountId::from_uuid(row.service_account_id),
            display_name: DisplayName::new(&row.display_name)
                .map_err(|_| Error::Corrupt("api_key.display_name"))?,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at.map(jiff_sqlx::Timestamp::to_jiff),
            revoked_at: row.revoked_at.map(jiff_sqlx::Timestamp::to_jiff),
            successor: row.successor_id.map(ApiKeyId::from_uuid),
            created_at: row.created_at,
        })
    }
}

macro_rules! select {
    ($rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "select id, organization_id, service_account_id, display_name, expires_at, last_used_at, revoked_at,
               successor_id, created_at
             from identity.api_key " + $rest
            $(, $argument)*
        )
    };
}

/// Reads a key of a service account, and keeps everybody else from changing it.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    conn: &mut PgConnection,
    organization: OrganizationId,
    account: ServiceAccountId,
    id: ApiKeyId,
) -> Result<Option<ApiKey>, Error> {
    let row = select!(
        "where organization_id = $1 and service_account_id = $2 and id = $3 for no key update",
        organization.uuid(),
        account.uuid(),
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Lists the keys of a service account, oldest first, after the given place in that order.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    account: ServiceAccountId,
    after: (Timestamp, ApiKeyId),
    limit: i64,
) -> Result<Vec<ApiKey>, Error> {
    let rows = select!(
        "where service_account_id = $1 and (created_at, id) > ($2::timestamptz, $3::uuid)
         order by created_at, id limit $4",
        account.uuid(),
        after.0.to_sqlx(),
        after.1.uuid(),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Lists the keys of a service account that can be used.
///
/// # Errors
/// When the database fails.
pub async fn list_good(
    conn: &mut PgConnection,
    account: ServiceAccountId,
    now: Timestamp,
) -> Result<Vec<ApiKey>, Error> {
    let rows = select!(
        "where service_account_id = $1 and revoked_at is null and expires_at > $2 order by created_at, id",
        account.uuid(),
        now.to_sqlx()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Reads a key, whatever its organization, with the hash of its secret. For the worker: who holds a key is known only
/// by it.
///
/// # Errors
/// When the database fails.
pub async fn lookup(conn: &mut PgConnection, id: ApiKeyId) -> Result<Option<(ApiKey, Vec<u8>)>, Error> {
    let row = sqlx::query!(
        "select organization_id, service_account_id, display_name, secret_hash, expires_at, last_used_at, revoked_at,
           successor_id, created_at
         from identity.api_key where id = $1",
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let hash = row.secret_hash;
    let key = Row {
        id: id.uuid(),
        organization_id: row.organization_id,
        service_account_id: row.service_account_id,
        display_name: row.display_name,
        expires_at: row.expires_at.to_jiff(),
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
        successor_id: row.successor_id,
        created_at: row.created_at.to_jiff(),
    };
    Ok(Some((key.try_into()?, hash)))
}

/// Adds a key with the hash of its secret.
///
/// # Errors
/// When the database fails.
pub async fn add(conn: &mut PgConnection, key: &ApiKey, secret_hash: &[u8; 32]) -> Result<(), Error> {
    sqlx::query!(
        "insert into identity.api_key
           (id, organization_id, service_account_id, display_name, secret_hash, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        key.id.uuid(),
        key.organization.uuid(),
        key.service_account.uuid(),
        key.display_name.as_str(),
        secret_hash.as_slice(),
        key.expires_at.to_sqlx(),
        key.created_at.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores when a key ends and what replaces it.
///
/// # Errors
/// When the database fails.
pub async fn update(conn: &mut PgConnection, key: &ApiKey) -> Result<(), Error> {
    sqlx::query!(
        "update identity.api_key set expires_at = $3, revoked_at = $4, successor_id = $5
         where organization_id = $1 and id = $2",
        key.organization.uuid(),
        key.id.uuid(),
        key.expires_at.to_sqlx(),
        key.revoked_at.map(|time| time.to_sqlx()) as _,
        key.successor.map(ApiKeyId::uuid),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a key was used.
///
/// # Errors
/// When the database fails.
pub async fn note_use(conn: &mut PgConnection, id: ApiKeyId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "update identity.api_key set last_used_at = $2 where id = $1",
        id.uuid(),
        now.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(())
}
