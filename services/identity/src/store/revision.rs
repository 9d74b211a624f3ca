//! Numbered changes of the access data.

use entente_pg::Error;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::domain::decision::{Change, Revision};

/// How many revisions are read at once.
const BATCH: i64 = 1_000;
/// For how long a revision is kept: far longer than a replica needs to hear of it.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Takes the next revision for these changes. It is the last statement before the commit: from here on every other
/// transaction that changes access waits.
///
/// # Errors
/// [`Error`]: the transaction must be rolled back.
pub async fn append(conn: &mut PgConnection, changes: &[Change], now: Timestamp) -> Result<Revision, Error> {
    let number = sqlx::query_scalar!(
        "update identity.revision_counter set revision = revision + 1 returning revision"
    )
    .fetch_one(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into identity.revision (revision, changes, at) values ($1, $2, $3)",
        number,
        Json(changes) as _,
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(Revision::new(number))
}

/// The last revision.
///
/// # Errors
/// [`Error`].
pub async fn current(conn: &mut PgConnection) -> Result<Revision, Error> {
    let number = sqlx::query_scalar!("select revision from identity.revision_counter")
        .fetch_one(conn)
        .await?;
    Ok(Revision::new(number))
}

/// The revisions that follow one, in order; not all of them, if there are very many.
///
/// # Errors
/// [`Error`].
pub async fn list_after(
    conn: &mut PgConnection,
    known: Revision,
) -> Result<Vec<(Revision, Vec<Change>)>, Error> {
    let rows = sqlx::query!(
        r#"select revision, changes as "changes: Json<Vec<Change>>" from identity.revision
           where revision > $1 order by revision limit $2"#,
        known.number(),
        BATCH,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (Revision::new(row.revision), row.changes.0))
        .collect())
}

/// Forgets the revisions that every replica has long heard of; returns how many.
///
/// # Errors
/// [`Error`].
pub async fn sweep(conn: &mut PgConnection, now: Timestamp) -> Result<u64, Error> {
    let before = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    let swept = sqlx::query!("delete from identity.revision where at < $1", before.to_sqlx())
        .execute(conn)
        .await?;
    Ok(swept.rows_affected())
}
