//! Where a transaction leaves what it announces.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlx::{PgConnection, PgPool, Row};

use crate::bell::Bell;
use crate::event::{Event, Topic};
use crate::schema::Schema;
use crate::sql::Statement;
use crate::{envelope, hash, trace};

/// The largest event, with its headers: Kafka takes 1 MB in a batch unless told otherwise, and counts what it adds.
pub const MAX_EVENT_BYTES: usize = 900_000;

/// What a service announces, and where.
#[derive(Clone, Debug)]
pub struct OutboxConfig {
    /// The schema of the service.
    pub schema: Schema,
    /// Every topic that the service announces on. The relay creates them, and an event on another one is refused.
    pub topics: Vec<Topic>,
    /// The number of shards that the service was installed with.
    pub shards: u16,
}

/// The outbox of one service; cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    schema: Schema,
    topics: BTreeSet<Topic>,
    shards: u16,
    append: Statement,
    bell: Arc<Bell>,
}

/// Why an outbox can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The configuration names another number of shards than the installation has.
    #[error(
        "the outbox of {schema} was installed with {installed} shards, and the configuration says {configured}: \
         set it back to {installed}, since keys would change their shard"
    )]
    Shards {
        /// The service.
        schema: String,
        /// The number that is stored.
        installed: i32,
        /// The number that was asked for.
        configured: u16,
    },
    /// The database did not answer, or has no outbox.
    #[error("can't read the outbox's installation: run the migrations, then start again")]
    Database(#[from] sqlx::Error),
}

/// Why an event can't be announced. The transaction must not be committed then.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// It is larger than the log takes.
    #[error(
        "the event takes {size} bytes, and {MAX_EVENT_BYTES} is the most: announce the id and let consumers fetch"
    )]
    TooLarge {
        /// Its size with its headers.
        size: usize,
    },
    /// The outbox wasn't opened with its topic.
    #[error("{topic} is not among the topics of this outbox: add it to the service's list")]
    UnknownTopic {
        /// The topic.
        topic: Topic,
    },
    /// The key has events on another topic, so that its sequence would have gaps there.
    #[error("{key} announces on another topic than {topic}: give each aggregate one topic")]
    OtherTopic {
        /// The aggregate.
        key: String,
        /// The topic that was asked for.
        topic: Topic,
    },
    /// Its changes can't be written as JSON.
    #[error("the changes can't be written as JSON: use text keys in them")]
    Changes(#[from] serde_json::Error),
    /// The database refused or did not answer.
    #[error("the event was not written: roll back, then try the request again")]
    Database(#[from] sqlx::Error),
}

impl Outbox {
    /// Opens the outbox of a service.
    ///
    /// # Errors
    /// [`OpenError::Shards`] where the number of shards isn't the installed one.
    pub async fn open(pool: &PgPool, config: OutboxConfig) -> Result<Self, OpenError> {
        let schema = config.schema;
        let row = Statement::new(&schema, "SELECT shards FROM {s}.outbox_shards")
            .query()
            .fetch_one(pool)
            .await?;
        let installed: i32 = row.try_get(0)?;
        if installed != i32::from(config.shards) {
            return Err(OpenError::Shards {
                schema: schema.to_string(),
                installed,
                configured: config.shards,
            });
        }
        let inner = Inner {
            append: Statement::new(&schema, APPEND),
            bell: Bell::new(format!("entente_outbox_{schema}")),
            topics: config.topics.into_iter().collect(),
            shards: config.shards,
            schema,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Announces an event in the caller's transaction, and gives its sequence among those of its key.
    ///
    /// The aggregate's row stays locked until the transaction ends, so two transactions that announce several keys
    /// should take them in the same order.
    ///
    /// # Errors
    /// See [`AppendError`]; the transaction must be rolled back on any.
    pub async fn append(&self, transaction: &mut PgConnection, event: &Event) -> Result<i64, AppendError> {
        let inner = &self.inner;
        if !inner.topics.contains(&event.topic) {
            return Err(AppendError::UnknownTopic {
                topic: event.topic.clone(),
            });
        }
        let headers = serde_json::to_string(&headers(event)?)?;
        let size = headers.len() + event.payload.len() + event.key.len();
        let Some(stored_size) = i32::try_from(size).ok().filter(|_| size <= MAX_EVENT_BYTES) else {
            return Err(AppendError::TooLarge { size });
        };
        let shard = hash::place(&event.key, u32::from(inner.shards));
        let appended = inner
            .append
            .query()
            .bind(&event.key)
            .bind(event.topic.as_str())
            .bind(i64::from(shard))
            .bind(headers)
            .bind(&event.payload)
            .bind(stored_size)
            .fetch_optional(transaction)
            .await?;
        match appended {
            Some(row) => Ok(row.try_get(0)?),
            None => Err(AppendError::OtherTopic {
                key: event.key.clone(),
                topic: event.topic.clone(),
            }),
        }
    }

    /// Tells the relays, in this process at once and in others soon, that something was committed. Call it after the
    /// commit; without it the relays find the event at their next poll.
    pub fn wake(&self) {
        self.inner.bell.ring();
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.inner.schema
    }

    pub(crate) fn shards(&self) -> u16 {
        self.inner.shards
    }

    pub(crate) fn topics(&self) -> Vec<Topic> {
        self.inner.topics.iter().cloned().collect()
    }

    pub(crate) fn bell(&self) -> &Arc<Bell> {
        &self.inner.bell
    }
}

fn headers(event: &Event) -> Result<Vec<crate::log::Header>, serde_json::Error> {
    if event.traceparent.is_some() {
        return envelope::headers(event);
    }
    let Some(traceparent) = trace::current_traceparent() else {
        return envelope::headers(event);
    };
    envelope::headers(&Event {
        traceparent: Some(traceparent),
        ..event.clone()
    })
}

/// One statement for one way to the server. `advanced` takes the row's lock before its row reaches `announced`, and
/// that is where the id is drawn: so per key the ids rise as the sequence does, whoever waits for whom.
const APPEND: &str = "
WITH advanced AS (
    INSERT INTO {s}.aggregate_sequence AS known (key, topic, seq) VALUES ($1, $2, 1)
    ON CONFLICT (key) DO UPDATE SET seq = known.seq + 1 WHERE known.topic = EXCLUDED.topic
    RETURNING seq
), announced AS (
    INSERT INTO {s}.outbox (shard, topic, key, seq, headers, payload, size)
    SELECT $3::bigint::integer, $2, $1, advanced.seq, $4::text::json, $5, $6 FROM advanced
)
SELECT seq FROM advanced";
