//! Events that somebody is to be told of.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::{PgConnection, PgPool};

use super::Due;
use crate::domain::kind::Kind;
use crate::error::Error;

/// An event, as it is noted.
#[derive(Debug)]
pub struct NewIntent<'a> {
    /// Its id.
    pub event: &'a str,
    /// Its type.
    pub kind: Kind,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Its message.
    pub payload: &'a [u8],
    /// The request that caused it.
    pub request_id: Option<&'a str>,
    /// The trace that it goes on.
    pub traceparent: Option<&'a str>,
}

/// An event that is being worked out.
#[derive(Debug)]
pub struct Intent {
    /// Its id.
    pub event: String,
    /// Its type.
    pub kind: Kind,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Its message.
    pub payload: Vec<u8>,
    /// The trace that it goes on.
    pub traceparent: Option<String>,
    /// How often it failed.
    pub attempts: i32,
}

/// Notes an event; one that is known changes nothing.
pub async fn add(conn: &mut PgConnection, intent: &NewIntent<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notifications.intent (event_id, type, occurred_at, payload, request_id, traceparent, due_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        intent.event,
        intent.kind.as_str(),
        intent.occurred_at.to_sqlx(),
        intent.payload,
        intent.request_id,
        intent.traceparent,
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists what is due, the oldest first, without taking it.
pub async fn list_due(pool: &PgPool, now: Timestamp, limit: i64) -> Result<Vec<Due<String>>, Error> {
    let rows = sqlx::query!(
        "select event_id, traceparent, request_id from notifications.intent
         where resolved_at is null and due_at <= $1 order by due_at limit $2",
        now.to_sqlx(),
        limit,
    )
    .fetch_all(pool)
    .await?;
    let due = rows.into_iter().map(|row| Due {
        key: row.event_id,
        traceparent: row.traceparent,
        request_id: row.request_id,
    });
    Ok(due.collect())
}

/// Takes one for this transaction, unless another one has it or it isn't due any more.
pub async fn claim(conn: &mut PgConnection, event: &str, now: Timestamp) -> Result<Option<Intent>, Error> {
    let row = sqlx::query!(
        "select event_id, type, occurred_at, payload, traceparent, attempts from notifications.intent
         where event_id = $1 and resolved_at is null and due_at <= $2 for update skip locked",
        event,
        now.to_sqlx(),
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Intent {
        event: row.event_id,
        kind: super::kind("intent.type", &row.r#type)?,
        occurred_at: row.occurred_at.to_jiff(),
        payload: row.payload,
        traceparent: row.traceparent,
        attempts: row.attempts,
    }))
}

/// Notes that it is worked out. Its message, with what people wrote in it, isn't needed any more.
pub async fn resolve(conn: &mut PgConnection, event: &str, now: Timestamp) -> Result<(), Error> {
    sqlx::query!(
        "update notifications.intent set resolved_at = $2, payload = '', last_error = null where event_id = $1",
        event,
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that it failed, and when it is tried again.
pub async fn postpone(
    conn: &mut PgConnection,
    event: &str,
    error: &str,
    due: Timestamp,
) -> Result<(), Error> {
    sqlx::query!(
        "update notifications.intent set attempts = attempts + 1, last_error = $2, due_at = $3 where event_id = $1",
        event,
        error,
        due.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets at most so many that were worked out before a time; tells how many.
pub async fn sweep(conn: &mut PgConnection, before: Timestamp, limit: i64) -> Result<u64, Error> {
    let swept = sqlx::query!(
        "delete from notifications.intent where event_id in
           (select event_id from notifications.intent where resolved_at < $1 limit $2)",
        before.to_sqlx(),
        limit,
    )
    .execute(conn)
    .await?;
    Ok(swept.rows_affected())
}
