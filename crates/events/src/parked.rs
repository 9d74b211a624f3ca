//! Events that failed for good, and those that wait behind them: what an operator sees and can do.
//!
//! All of it works on the database alone, so it may run in a process that handles nothing: the consumer that runs
//! somewhere sees what was asked and drains in order.

use jiff::Timestamp;
use sqlx::{PgConnection, PgPool, Row};

use crate::schema::Schema;
use crate::sql::Statement;
use crate::{envelope, log};

/// One parked event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// The group that it failed in.
    pub group: String,
    /// Its topic.
    pub topic: String,
    /// Its aggregate.
    pub key: String,
    /// Its place among the events of its key.
    pub sequence: i64,
    /// Its type, if it has one.
    pub kind: Option<String>,
    /// Why it failed; nothing where it only waits for one before it.
    pub error: Option<String>,
    /// Whether a replay was asked for and has not happened yet.
    pub replay_requested: bool,
    /// Since when it is parked.
    pub parked_at: Timestamp,
}

/// Why an event can't be replayed or skipped.
#[derive(Debug, thiserror::Error)]
pub enum ParkedError {
    /// Nothing of the key is parked as failed.
    #[error("nothing of {key} has failed in {group}: list what is parked to see its keys")]
    NothingFailed {
        /// The group.
        group: String,
        /// The key.
        key: String,
    },
    /// Only the next event of a key can be skipped.
    #[error("{sequence} is not what {key} waits for in {group}: skip {next} first")]
    NotNext {
        /// The group.
        group: String,
        /// The key.
        key: String,
        /// The one that was named.
        sequence: i64,
        /// The one that is next.
        next: i64,
    },
    /// The database did not answer.
    #[error("the database did not answer: try again")]
    Database(#[from] sqlx::Error),
    /// A stored header can't be read.
    #[error("a stored header is not JSON: restore the row from a backup")]
    Header(#[from] serde_json::Error),
}

/// What is parked in a schema, of one group or of all, in order; at most `most`.
///
/// # Errors
/// [`ParkedError`] where the database can't be read.
pub async fn list(
    pool: &PgPool,
    schema: &Schema,
    group: Option<&str>,
    most: u32,
) -> Result<Vec<Parked>, ParkedError> {
    let list = Statement::new(schema, LIST);
    let rows = list
        .query()
        .bind(group)
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?;
    let mut parked = Vec::with_capacity(rows.len());
    for row in rows {
        let headers: Vec<log::Header> = serde_json::from_str(row.try_get("headers")?)?;
        parked.push(Parked {
            group: row.try_get("grp")?,
            topic: row.try_get("topic")?,
            key: row.try_get("key")?,
            sequence: row.try_get("seq")?,
            kind: envelope::kind(&headers).map(str::to_owned),
            error: row.try_get("error")?,
            replay_requested: row.try_get("replay_requested")?,
            parked_at: row.try_get::<jiff_sqlx::Timestamp, _>("parked_at")?.to_jiff(),
        });
    }
    Ok(parked)
}

/// Asks the group's consumer to try the failed event of a key again, and then all that waits behind it.
///
/// # Errors
/// [`ParkedError::NothingFailed`] where no event of the key has failed.
pub async fn replay(pool: &PgPool, schema: &Schema, group: &str, key: &str) -> Result<(), ParkedError> {
    let asked = Statement::new(schema, REPLAY)
        .query()
        .bind(group)
        .bind(key)
        .execute(pool)
        .await?;
    if asked.rows_affected() == 0 {
        return Err(ParkedError::NothingFailed {
            group: group.to_owned(),
            key: key.to_owned(),
        });
    }
    tracing::info!(group, key, "a replay was asked for");
    Ok(())
}

/// Gives up the event that a key waits for, be it one that failed or one that never came. What waits behind it is
/// then applied by the group's consumer.
///
/// # Errors
/// [`ParkedError::NotNext`] where another one is next; [`ParkedError::NothingFailed`] where the key isn't blocked.
pub async fn skip(
    pool: &PgPool,
    schema: &Schema,
    group: &str,
    key: &str,
    sequence: i64,
) -> Result<(), ParkedError> {
    let mut transaction = pool.begin().await?;
    let cursor = Statement::new(schema, LOCK)
        .query()
        .bind(group)
        .bind(key)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(cursor) = cursor else {
        return Err(ParkedError::NothingFailed {
            group: group.to_owned(),
            key: key.to_owned(),
        });
    };
    let (topic, last): (String, i64) = (cursor.try_get("topic")?, cursor.try_get("seq")?);
    let next = last.saturating_add(1);
    if sequence != next {
        return Err(ParkedError::NotNext {
            group: group.to_owned(),
            key: key.to_owned(),
            sequence,
            next,
        });
    }
    let place = Place {
        group,
        topic: &topic,
        key,
        sequence,
    };
    forget(&mut transaction, schema, &place).await?;
    transaction.commit().await?;
    tracing::warn!(group, topic, key, sequence, "the event was skipped");
    Ok(())
}

struct Place<'a> {
    group: &'a str,
    topic: &'a str,
    key: &'a str,
    sequence: i64,
}

async fn forget(
    connection: &mut PgConnection,
    schema: &Schema,
    place: &Place<'_>,
) -> Result<(), sqlx::Error> {
    for text in [DELETE, ADVANCE] {
        let statement = Statement::new(schema, text);
        let bound = statement
            .query()
            .bind(place.group)
            .bind(place.topic)
            .bind(place.key)
            .bind(place.sequence);
        bound.execute(&mut *connection).await?;
    }
    Ok(())
}

const LIST: &str = "
SELECT grp, topic, key, seq, headers::text AS headers, error, replay_requested, parked_at FROM {s}.parked
WHERE $1::text IS NULL OR grp = $1
ORDER BY grp, topic, key, seq LIMIT $2";

const REPLAY: &str =
    "UPDATE {s}.parked SET replay_requested = true WHERE grp = $1 AND key = $2 AND error IS NOT NULL";

const LOCK: &str = "SELECT topic, seq FROM {s}.cursor WHERE grp = $1 AND key = $2 AND blocked FOR UPDATE";

const DELETE: &str = "DELETE FROM {s}.parked WHERE grp = $1 AND topic = $2 AND key = $3 AND seq = $4";

/// It stays blocked while anything is parked.
const ADVANCE: &str = "
UPDATE {s}.cursor SET seq = $4, blocked = EXISTS (
    SELECT FROM {s}.parked WHERE parked.grp = $1 AND parked.topic = $2 AND parked.key = $3
) WHERE grp = $1 AND topic = $2 AND key = $3";
