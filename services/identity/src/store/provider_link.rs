//! Who is who at the identity provider. Links belong to people: these run as the worker.

use entente_ids::UserId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::error::Error;

/// Finds whom a provider's subject is linked to.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, issuer: &str, subject: &str) -> Result<Option<UserId>, Error> {
    let user = sqlx::query_scalar!(
        "select user_id from identity.provider_link where issuer = $1 and subject = $2",
        issuer,
        subject
    )
    .fetch_optional(conn)
    .await?;
    Ok(user.map(UserId::from_uuid))
}

/// The link of a person, without the provider's name for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The provider's name for itself.
    pub issuer: String,
    /// When the two were linked.
    pub created_at: Timestamp,
}

/// Finds a person's link with a provider.
///
/// # Errors
/// When the database fails.
pub async fn find_of(conn: &mut PgConnection, issuer: &str, user: UserId) -> Result<Option<Link>, Error> {
    let row = sqlx::query!(
        "select issuer, created_at from identity.provider_link where issuer = $1 and user_id = $2",
        issuer,
        user.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Link {
        issuer: row.issuer,
        created_at: row.created_at.to_jiff(),
    }))
}

/// Whether a link was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    /// It was.
    New,
    /// The subject or the person is linked otherwise.
    Taken,
}

/// Links a provider's subject to a person.
///
/// # Errors
/// When the database fails.
pub async fn add(
    conn: &mut PgConnection,
    issuer: &str,
    subject: &str,
    user: UserId,
    now: Timestamp,
) -> Result<Linked, Error> {
    let done = sqlx::query!(
        "insert into identity.provider_link (issuer, subject, user_id, created_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        issuer,
        subject,
        user.uuid(),
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(if done.rows_affected() == 1 {
        Linked::New
    } else {
        Linked::Taken
    })
}

/// Whether a link was given up now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlinked {
    /// It was.
    Now,
    /// There was none.
    Before,
}

/// Removes a person's link with a provider: of several at once, one does.
///
/// # Errors
/// When the database fails.
pub async fn remove(conn: &mut PgConnection, issuer: &str, user: UserId) -> Result<Unlinked, Error> {
    let done = sqlx::query!(
        "delete from identity.provider_link where issuer = $1 and user_id = $2",
        issuer,
        user.uuid()
    )
    .execute(conn)
    .await?;
    Ok(if done.rows_affected() == 1 {
        Unlinked::Now
    } else {
        Unlinked::Before
    })
}

/// Whether a sign-in was completed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completed {
    /// It was.
    Now,
    /// It was completed before.
    Before,
}

/// Notes that a sign-in was completed, by the hash of its state: of several at once, one is.
///
/// # Errors
/// When the database fails.
pub async fn complete(
    conn: &mut PgConnection,
    hash: &[u8],
    expires_at: Timestamp,
) -> Result<Completed, Error> {
    let done = sqlx::query!(
        "insert into identity.completed_provider_sign_in (hash, expires_at) values ($1, $2) on conflict do nothing",
        hash,
        expires_at.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(if done.rows_affected() == 1 {
        Completed::Now
    } else {
        Completed::Before
    })
}

/// Forgets the completed sign-ins that are too old to be completed again.
///
/// # Errors
/// When the database fails.
pub async fn sweep(conn: &mut PgConnection, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "delete from identity.completed_provider_sign_in where expires_at <= $1",
        now.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(())
}
