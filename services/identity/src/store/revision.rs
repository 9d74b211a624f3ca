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

/// How long the database waits for the commit. A process that is stopped at this point must not stop every other one.
const HELD: &str = "1s";

/// Takes the next revision for these changes. It is the last statement before the commit: from here on every other
/// transaction that changes access waits.
///
/// # Errors
/// [`Error`]: the transaction must be rolled back.
pub async fn append(conn: &mut PgConnection, changes: &[Change], now: Timestamp) -> Result<Revision, Error> {
    // One statement, as everybody who changes access waits for the commit that follows.
    let taken = sqlx::query!(
        r#"with taken as (
             update identity.revision_counter set revision = revision + 1
             returning revision, set_config('idle_in_transaction_session_timeout', $3, true) as held
           ), added as (
             insert into identity.revision (revision, changes, at) select revision, $1, $2 from taken
           )
           select revision as "revision!", held from taken"#,
        Json(changes) as _,
        now.to_sqlx(),
        HELD,
    )
    .fetch_one(conn)
    .await?;
    Ok(Revision::new(taken.revision))
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

/// What follows a known revision, and the last one, as one snapshot shows them.
#[derive(Debug)]
pub struct Followed {
    /// The last revision.
    pub newest: Revision,
    /// The revisions that follow, in order; not all of them, if there are very many. None although there is a newer one:
    /// they were swept.
    pub revisions: Vec<(Revision, Vec<Change>)>,
}

/// Reads what follows a revision.
///
/// # Errors
/// [`Error`].
pub async fn follow(conn: &mut PgConnection, known: Revision) -> Result<Followed, Error> {
    let rows = sqlx::query!(
        r#"select counter.revision as newest, next.revision as "revision?",
             next.changes as "changes?: Json<Vec<Change>>"
           from identity.revision_counter counter left join identity.revision next on next.revision > $1
           order by next.revision limit $2"#,
        known.number(),
        BATCH,
    )
    .fetch_all(conn)
    .await?;
    let newest = rows.first().map(|row| Revision::new(row.newest));
    Ok(Followed {
        newest: newest.unwrap_or_default(),
        revisions: rows
            .into_iter()
            .filter_map(|row| Some((Revision::new(row.revision?), row.changes?.0)))
            .collect(),
    })
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
