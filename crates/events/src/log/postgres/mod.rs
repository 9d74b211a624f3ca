//! The log on Postgres, for one machine: its own schema, role and URL.
//!
//! A record's offset comes from `UPDATE … RETURNING` on its partition's row, in the transaction that inserts it. The
//! row stays locked until the commit, so offsets become visible in their order and a reader can't miss one.

mod schema;
mod subscription;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::{PgConnection, PgPool, Row};
use tokio_util::sync::CancellationToken;

pub use self::schema::statements;
use self::subscription::PostgresSubscription;
use super::{Appended, EventLog, LogError, Record, Subscription};
use crate::bell::Bell;
use crate::event::Topic;
use crate::hash;
use crate::schema::Schema;
use crate::sql::Statement;

/// Settings of the Postgres log.
#[derive(Clone, Debug)]
pub struct PostgresLogConfig {
    /// The schema of the log.
    pub schema: Schema,
    /// Partitions of a topic that is created now; an existing one keeps its own.
    pub partitions: i32,
    /// How often a subscription looks by itself.
    pub poll_interval: Duration,
    /// How long a subscription may hang before another one gets its partitions.
    pub idle_timeout: Duration,
    /// How often a subscription looks for partitions that nobody reads.
    pub claim_interval: Duration,
    /// How often a subscription stores its offsets.
    pub store_interval: Duration,
    /// The most bytes that one poll brings, give or take a record.
    pub poll_bytes: i64,
}

impl PostgresLogConfig {
    /// The defaults over a schema.
    pub fn new(schema: Schema) -> Self {
        Self {
            schema,
            partitions: 4,
            poll_interval: Duration::from_millis(100),
            idle_timeout: Duration::from_secs(10),
            claim_interval: Duration::from_secs(1),
            store_interval: Duration::from_millis(250),
            poll_bytes: 16 << 20,
        }
    }
}

/// The log on Postgres; cheap to clone. Readers in the process that appends are woken without a way through Postgres.
#[derive(Clone, Debug)]
pub struct PostgresLog {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    config: PostgresLogConfig,
    bell: Arc<Bell>,
    /// Partitions per topic, as far as known; it never changes.
    partitions: RwLock<HashMap<String, u32>>,
    sql: Sql,
}

#[derive(Debug)]
struct Sql {
    create: Statement,
    count: Statement,
    append: Statement,
    partitions: Statement,
    offsets: Statement,
    read: Statement,
    store: Statement,
}

impl PostgresLog {
    /// Opens the log. It carries wake-ups between processes until the cancellation, and works without them too.
    pub fn start(pool: PgPool, config: PostgresLogConfig, cancel: CancellationToken) -> Self {
        let statement = |text| Statement::new(&config.schema, text);
        let sql = Sql {
            create: statement(CREATE),
            count: statement("SELECT count(*) FROM {s}.partition WHERE topic = $1"),
            append: statement(APPEND),
            partitions: statement(PARTITIONS),
            offsets: statement(OFFSETS),
            read: statement(READ),
            store: statement(STORE),
        };
        let bell = Bell::new(format!("entente_log_{}", config.schema));
        let inner = Inner {
            pool,
            config,
            bell,
            partitions: RwLock::default(),
            sql,
        };
        let log = Self {
            inner: Arc::new(inner),
        };
        let (bell, options) = (Arc::clone(&log.inner.bell), log.inner.pool.connect_options());
        tokio::spawn(async move { bell.run(&options, &cancel).await });
        log
    }

    async fn append_all(&self, records: &[Record]) -> Result<(), LogError> {
        let mut groups: BTreeMap<(&str, i32), Vec<&Record>> = BTreeMap::new();
        for record in records {
            let partition = self.partition_of(record).await?;
            groups.entry((&record.topic, partition)).or_default().push(record);
        }
        let inner = &self.inner;
        if groups.len() == 1 {
            let mut connection = inner.pool.acquire().await?;
            for ((topic, partition), group) in groups {
                inner
                    .append_group(&mut connection, topic, partition, &group)
                    .await?;
            }
            return Ok(());
        }
        // The partitions' rows are locked in the order of the map, the same for everybody who appends.
        let mut transaction = inner.pool.begin().await?;
        for ((topic, partition), group) in groups {
            inner
                .append_group(&mut transaction, topic, partition, &group)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn partition_of(&self, record: &Record) -> Result<i32, LogError> {
        let count = match self.inner.known_partitions(&record.topic) {
            Some(count) => count,
            None => self.inner.learn_partitions(&record.topic).await?,
        };
        // It is below the count, which came out of an integer column's count of rows.
        Ok(i32::try_from(hash::place(&record.key, count)).unwrap_or(0))
    }
}

#[async_trait]
impl EventLog for PostgresLog {
    async fn ensure_topics(&self, topics: &[Topic]) -> Result<(), LogError> {
        for topic in topics {
            let create = self
                .inner
                .sql
                .create
                .query()
                .bind(topic.as_str())
                .bind(self.inner.config.partitions);
            create.execute(&self.inner.pool).await?;
        }
        Ok(())
    }

    async fn append(&self, records: &[Record]) -> Appended {
        match self.append_all(records).await {
            Ok(()) => {
                self.inner
                    .bell
                    .ring_for(records.iter().map(|record| record.topic.as_str()));
                Appended {
                    acknowledged: records.len(),
                    failure: None,
                }
            }
            Err(failure) => Appended {
                acknowledged: 0,
                failure: Some(failure),
            },
        }
    }

    async fn subscribe(&self, group: &str, topics: &[Topic]) -> Result<Box<dyn Subscription>, LogError> {
        Ok(Box::new(
            PostgresSubscription::join(Arc::clone(&self.inner), group, topics).await?,
        ))
    }

    async fn check(&self) -> Result<(), LogError> {
        sqlx::query("SELECT 1").execute(&self.inner.pool).await?;
        Ok(())
    }

    fn system(&self) -> &'static str {
        "postgresql"
    }
}

impl Inner {
    async fn append_group(
        &self,
        connection: &mut PgConnection,
        topic: &str,
        partition: i32,
        records: &[&Record],
    ) -> Result<(), LogError> {
        let mut headers = Vec::with_capacity(records.len());
        let mut sizes = Vec::with_capacity(records.len());
        for record in records {
            let text = serde_json::to_string(&record.headers)?;
            sizes.push(i32::try_from(text.len() + record.payload.len()).unwrap_or(i32::MAX));
            headers.push(text);
        }
        let keys: Vec<&str> = records.iter().map(|record| record.key.as_str()).collect();
        let payloads: Vec<&[u8]> = records.iter().map(|record| record.payload.as_slice()).collect();
        let count = i64::try_from(records.len()).unwrap_or(i64::MAX);
        let append = self.sql.append.query().bind(topic).bind(partition).bind(count);
        let done = append
            .bind(keys)
            .bind(headers)
            .bind(payloads)
            .bind(sizes)
            .execute(connection)
            .await?;
        if usize::try_from(done.rows_affected()).ok() == Some(records.len()) {
            return Ok(());
        }
        Err(LogError::UnknownTopic(topic.to_owned()))
    }

    fn known_partitions(&self, topic: &str) -> Option<u32> {
        self.partitions
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(topic)
            .copied()
    }

    async fn learn_partitions(&self, topic: &str) -> Result<u32, LogError> {
        let row = self.sql.count.query().bind(topic).fetch_one(&self.pool).await?;
        let count: i64 = row.try_get(0)?;
        let Some(count) = u32::try_from(count).ok().filter(|count| *count > 0) else {
            return Err(LogError::UnknownTopic(topic.to_owned()));
        };
        self.partitions
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(topic.to_owned(), count);
        Ok(count)
    }
}

/// All partitions of a topic come in one statement, so nobody ever counts a part of them; and none is added to a
/// topic that has some.
const CREATE: &str = "
INSERT INTO {s}.partition (topic, partition)
SELECT $1, number FROM generate_series(0, $2 - 1) AS number
WHERE NOT EXISTS (SELECT FROM {s}.partition WHERE topic = $1)
ON CONFLICT DO NOTHING";

const APPEND: &str = "
WITH head AS (
    UPDATE {s}.partition SET next_offset = next_offset + $3
    WHERE topic = $1 AND partition = $2
    RETURNING next_offset - $3 AS base
)
INSERT INTO {s}.record (topic, partition, record_offset, key, headers, payload, size)
SELECT $1, $2, head.base + new.place - 1, new.key, new.headers::json, new.payload, new.size
FROM head, unnest($4::text[], $5::text[], $6::bytea[], $7::integer[])
    WITH ORDINALITY AS new (key, headers, payload, size, place)";

const PARTITIONS: &str =
    "SELECT topic, partition, next_offset FROM {s}.partition WHERE topic = ANY($1) ORDER BY topic, partition";

const OFFSETS: &str = "
SELECT mine.topic, mine.partition, coalesce(stored.next_offset, 0)
FROM unnest($2::text[], $3::integer[]) AS mine (topic, partition)
LEFT JOIN {s}.group_offset stored
    ON stored.grp = $1 AND stored.topic = mine.topic AND stored.partition = mine.partition";

/// The partitions take turns, record by record, so that none starves; what is cut off, by count or by bytes, is the
/// end of each partition's part. $4 limits all of it, $6 what is looked at in each partition.
const READ: &str = "
SELECT topic, partition, record_offset, key, headers::text, payload FROM (
    SELECT found.*, row_number() OVER turns AS place, sum(size) OVER turns AS total
    FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS mine (topic, partition, next),
    LATERAL (
        SELECT record.*, record_offset - mine.next AS turn FROM {s}.record
        WHERE record.topic = mine.topic AND record.partition = mine.partition AND record_offset >= mine.next
        ORDER BY record_offset LIMIT $6
    ) found
    WINDOW turns AS (ORDER BY turn, found.topic, found.partition ROWS UNBOUNDED PRECEDING)
) batch
WHERE place <= $4 AND total - size <= $5
ORDER BY place";

const STORE: &str = "
INSERT INTO {s}.group_offset AS stored (grp, topic, partition, next_offset)
SELECT $1, topic, partition, next FROM unnest($2::text[], $3::integer[], $4::bigint[]) AS mine (topic, partition, next)
ORDER BY topic, partition
ON CONFLICT (grp, topic, partition) DO UPDATE SET next_offset = greatest(stored.next_offset, EXCLUDED.next_offset)";
