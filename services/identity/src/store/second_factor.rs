//! Second factors and their recovery codes. They belong to people, not to organizations: these run as the worker.

use entente_ids::UserId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::challenge;
use crate::domain::second_factor::{Enrolled, Pending, SecondFactor};
use crate::error::Error;

struct Row {
    user_id: Uuid,
    secret: Option<Vec<u8>>,
    pending_secret: Option<Vec<u8>>,
    pending_since: Option<jiff_sqlx::Timestamp>,
    enrolled_at: Option<jiff_sqlx::Timestamp>,
    last_step: Option<i64>,
    failures: i32,
    blocked_until: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for SecondFactor {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let enrolled = row.secret.zip(row.enrolled_at).map(|(secret, at)| Enrolled {
            secret,
            at: at.to_jiff(),
            last_step: row.last_step.unwrap_or_default(),
        });
        Ok(Self {
            user: UserId::from_uuid(row.user_id),
            enrolled,
            pending: row
                .pending_secret
                .zip(row.pending_since)
                .map(|(secret, since)| Pending {
                    secret,
                    since: since.to_jiff(),
                }),
            failures: row
                .failures
                .try_into()
                .map_err(|_| Error::Corrupt("second_factor.failures"))?,
            blocked_until: row.blocked_until.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

/// Reads a person's second factor, enrolled or waiting for it.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, user: UserId) -> Result<Option<SecondFactor>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select user_id, secret, pending_secret, pending_since, enrolled_at, last_step, failures, blocked_until
         from identity.second_factor where user_id = $1",
        user.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads a person's second factor and keeps everybody else from changing it, so that no code is taken twice.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut PgConnection, user: UserId) -> Result<Option<SecondFactor>, Error> {
    let row = sqlx::query_as!(
        Row,
        "select user_id, secret, pending_secret, pending_since, enrolled_at, last_step, failures, blocked_until
         from identity.second_factor where user_id = $1 for no key update",
        user.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Makes room for a second factor, where there is none.
///
/// # Errors
/// When the database fails.
pub async fn ensure(conn: &mut PgConnection, user: UserId) -> Result<(), Error> {
    sqlx::query!(
        "insert into identity.second_factor (user_id) values ($1) on conflict do nothing",
        user.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores a second factor.
///
/// # Errors
/// When the database fails.
pub async fn update(conn: &mut PgConnection, factor: &SecondFactor) -> Result<(), Error> {
    let (enrolled, pending) = (factor.enrolled.as_ref(), factor.pending.as_ref());
    sqlx::query!(
        "update identity.second_factor
         set secret = $2, pending_secret = $3, pending_since = $4, enrolled_at = $5, last_step = $6, failures = $7,
           blocked_until = $8
         where user_id = $1",
        factor.user.uuid(),
        enrolled.map(|enrolled| enrolled.secret.as_slice()),
        pending.map(|pending| pending.secret.as_slice()),
        pending.map(|pending| pending.since.to_sqlx()),
        enrolled.map(|enrolled| enrolled.at.to_sqlx()),
        enrolled.map(|enrolled| enrolled.last_step),
        i32::try_from(factor.failures).unwrap_or(i32::MAX),
        factor.blocked_until.map(|until| until.to_sqlx()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether an organization in which the person is active asks them for a second factor, by the policies that decisions
/// go by (domain row 10), so that they can't give theirs up.
///
/// # Errors
/// When the database fails.
pub async fn is_demanded(conn: &mut PgConnection, user: UserId) -> Result<bool, Error> {
    let demanded = sqlx::query_scalar!(
        r#"select exists (
             select from identity.member join identity.organization on organization.id = member.organization_id
             where member.user_id = $1 and member.state = 'active' and organization.state <> 'deleted'
               and (organization.second_factor_required or member.second_factor = 'always'
                 or (member.second_factor = 'inherit' and organization.second_factor = 'always'))
           ) as "demanded!""#,
        user.uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(demanded)
}

/// Removes a person's second factor with its recovery codes, the sign-ins that wait for a code, and the mark of their
/// sessions that one was shown.
///
/// # Errors
/// When the database fails.
pub async fn remove(conn: &mut PgConnection, user: UserId, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "delete from identity.second_factor where user_id = $1",
        user.uuid()
    )
    .execute(&mut *conn)
    .await?;
    challenge::forget(&mut *conn, user).await?;
    sqlx::query!(
        "update identity.session set second_factor = false
         where user_id = $1 and second_factor and ended_at is null and expires_at > $2",
        user.uuid(),
        now.to_sqlx()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts these recovery codes in the place of those of before.
///
/// # Errors
/// When the database fails.
pub async fn replace_recovery_codes(
    conn: &mut PgConnection,
    user: UserId,
    hashes: &[Vec<u8>],
) -> Result<(), Error> {
    sqlx::query!(
        "delete from identity.recovery_code where user_id = $1",
        user.uuid()
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into identity.recovery_code (user_id, hash) select $1, hash from unnest($2::bytea[]) as hash",
        user.uuid(),
        hashes
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a recovery code was there to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// It was, and is used up now.
    Used,
    /// It is none, or was used before.
    Unknown,
}

/// Uses a recovery code up.
///
/// # Errors
/// When the database fails.
pub async fn use_recovery_code(
    conn: &mut PgConnection,
    user: UserId,
    hash: &[u8],
) -> Result<Recovery, Error> {
    let done = sqlx::query!(
        "delete from identity.recovery_code where user_id = $1 and hash = $2",
        user.uuid(),
        hash
    )
    .execute(conn)
    .await?;
    Ok(if done.rows_affected() == 1 {
        Recovery::Used
    } else {
        Recovery::Unknown
    })
}

/// Counts the recovery codes that are left.
///
/// # Errors
/// When the database fails.
pub async fn count_recovery_codes(conn: &mut PgConnection, user: UserId) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from identity.recovery_code where user_id = $1"#,
        user.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}
