//! Encryption keys.

use entente_ids::{EncryptionKeyId, OrganizationId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::word;
use crate::domain::encryption_key::EncryptionKey;
use crate::domain::name::DisplayName;
use crate::error::Error;

struct Row {
    id: Uuid,
    organization_id: Uuid,
    display_name: String,
    format: String,
    algorithm: String,
    fingerprint: String,
    public_key: String,
    generated: bool,
    expires_at: Option<jiff_sqlx::Timestamp>,
    warned_days: Option<i32>,
    created_at: Timestamp,
}

impl TryFrom<Row> for EncryptionKey {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: EncryptionKeyId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            display_name: DisplayName::new(&row.display_name)
                .map_err(|_| Error::Corrupt("encryption_key.display_name"))?,
            format: word("encryption_key.format", &row.format)?,
            algorithm: row.algorithm,
            fingerprint: row.fingerprint,
            public_key: row.public_key,
            generated: row.generated,
            expires_at: row.expires_at.map(jiff_sqlx::Timestamp::to_jiff),
            warned_days: row.warned_days,
            created_at: row.created_at,
        })
    }
}

macro_rules! select {
    ($rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "select id, organization_id, display_name, format, algorithm, fingerprint, public_key, generated, expires_at,
               warned_days, created_at
             from identity.encryption_key " + $rest
            $(, $argument)*
        )
    };
}

/// Reads an encryption key of an organization.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: EncryptionKeyId,
) -> Result<Option<EncryptionKey>, Error> {
    let row = select!(
        "where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Lists the encryption keys of an organization, oldest first, after the given place in that order.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    after: (Timestamp, EncryptionKeyId),
    limit: i64,
) -> Result<Vec<EncryptionKey>, Error> {
    let rows = select!(
        "where organization_id = $1 and (created_at, id) > ($2::timestamptz, $3::uuid)
         order by created_at, id limit $4",
        organization.uuid(),
        after.0.to_sqlx(),
        after.1.uuid(),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Lists the keys of which it is time to warn, and keeps other warners from them: those that end within so many days,
/// and of which nobody warned when so few were left. Those of deleted organizations are left alone. For the worker.
///
/// # Errors
/// When the database fails.
pub async fn lock_expiring(
    conn: &mut PgConnection,
    now: Timestamp,
    until: Timestamp,
    days: i32,
    limit: i64,
) -> Result<Vec<EncryptionKey>, Error> {
    let rows = select!(
        "where expires_at > $1 and expires_at <= $2 and coalesce(warned_days > $3, true)
           and not exists (select from identity.organization
             where organization.id = encryption_key.organization_id and state = 'deleted')
         order by expires_at, id limit $4 for no key update skip locked",
        now.to_sqlx(),
        until.to_sqlx(),
        days,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Adds an encryption key.
///
/// # Errors
/// [`Error::KeyKnown`], or when the database fails.
pub async fn add(conn: &mut PgConnection, key: &EncryptionKey) -> Result<(), Error> {
    sqlx::query!(
        "insert into identity.encryption_key
           (id, organization_id, display_name, format, algorithm, fingerprint, public_key, generated, expires_at,
            created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        key.id.uuid(),
        key.organization.uuid(),
        key.display_name.as_str(),
        key.format.as_str(),
        key.algorithm,
        key.fingerprint,
        key.public_key,
        key.generated,
        key.expires_at.map(|time| time.to_sqlx()) as _,
        key.created_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(known)?;
    Ok(())
}

/// Notes that it was warned of so few days before the end. For the worker.
///
/// # Errors
/// When the database fails.
pub async fn note_warning(conn: &mut PgConnection, id: EncryptionKeyId, days: i32) -> Result<(), Error> {
    sqlx::query!(
        "update identity.encryption_key set warned_days = $2 where id = $1",
        id.uuid(),
        days
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes an encryption key away.
///
/// # Errors
/// [`Error::NotFound`] where somebody else did so at the same time, or when the database fails.
pub async fn delete(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: EncryptionKeyId,
) -> Result<(), Error> {
    let done = sqlx::query!(
        "delete from identity.encryption_key where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid()
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound("encryption key"));
    }
    Ok(())
}

fn known(cause: sqlx::Error) -> Error {
    let error = entente_pg::Error::from(cause);
    match error.constraint() {
        Some("encryption_key_fingerprint") => Error::KeyKnown,
        Some(_) | None => error.into(),
    }
}
