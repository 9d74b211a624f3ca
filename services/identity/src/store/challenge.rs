//! Sign-ins that wait for a code of the second factor. Before them there is no organization: these run as the worker.

use entente_ids::{OrganizationId, UserId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::error::Error;

/// A sign-in that waits for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    /// Who knew the password.
    pub user: UserId,
    /// Where they will act.
    pub organization: OrganizationId,
    /// When they proved who they are.
    pub proved_at: Timestamp,
}

/// Adds one, by the hash of its token.
///
/// # Errors
/// When the database fails.
pub async fn add(
    conn: &mut PgConnection,
    hash: &[u8],
    challenge: Challenge,
    expires_at: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "insert into identity.sign_in_challenge (hash, user_id, organization_id, proved_at, expires_at)
         values ($1, $2, $3, $4, $5)",
        hash,
        challenge.user.uuid(),
        challenge.organization.uuid(),
        challenge.proved_at.to_sqlx(),
        expires_at.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reads one that can still be answered.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, hash: &[u8], now: Timestamp) -> Result<Option<Challenge>, Error> {
    let row = sqlx::query!(
        "select user_id, organization_id, proved_at from identity.sign_in_challenge
         where hash = $1 and expires_at > $2",
        hash,
        now.to_sqlx()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Challenge {
        user: UserId::from_uuid(row.user_id),
        organization: OrganizationId::from_uuid(row.organization_id),
        proved_at: row.proved_at.to_jiff(),
    }))
}

/// Whether a challenge was there to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// It was, and is gone now.
    Now,
    /// Somebody else has answered it.
    Before,
}

/// Answers one: of several at once, one does.
///
/// # Errors
/// When the database fails.
pub async fn answer(conn: &mut PgConnection, hash: &[u8]) -> Result<Answered, Error> {
    let done = sqlx::query!("delete from identity.sign_in_challenge where hash = $1", hash)
        .execute(conn)
        .await?;
    Ok(if done.rows_affected() == 1 {
        Answered::Now
    } else {
        Answered::Before
    })
}

/// Forgets all of a person.
///
/// # Errors
/// When the database fails.
pub async fn forget(conn: &mut PgConnection, user: UserId) -> Result<(), Error> {
    sqlx::query!(
        "delete from identity.sign_in_challenge where user_id = $1",
        user.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets those that nobody has answered in time.
///
/// # Errors
/// When the database fails.
pub async fn sweep(conn: &mut PgConnection, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "delete from identity.sign_in_challenge where expires_at <= $1",
        now.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(())
}
