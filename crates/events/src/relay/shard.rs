//! One shard: takes the lock, reads all that stands there, sends it, deletes what the log has.

use std::sync::Arc;
use std::time::Duration;

use entente_runtime::telemetry::names;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tokio_util::sync::CancellationToken;
use tracing::{Span, info_span};

use super::Context;
use crate::backoff::Retry;
use crate::lock::{LockError, SessionLocks};
use crate::log::{LogError, Record};
use crate::sql::Statement;
use crate::{envelope, trace};

/// How long the batch that is under way may take once the relay is to end.
const LAST_BATCH: Duration = Duration::from_secs(3);

pub(super) struct Shard {
    context: Arc<Context>,
    number: u16,
    name: String,
    read: Statement,
    delete: Statement,
}

/// Why a shard was left.
#[derive(Debug, thiserror::Error)]
enum ShardError {
    #[error("the lock is gone: {0}")]
    Lock(#[from] LockError),
    #[error("the outbox does not answer: {0}")]
    Database(#[from] sqlx::Error),
    #[error("a stored header is not JSON: {0}")]
    Headers(#[from] serde_json::Error),
    #[error(transparent)]
    Log(#[from] LogError),
}

#[derive(Debug, Default)]
struct Batch {
    ids: Vec<i64>,
    records: Vec<Record>,
}

impl Shard {
    pub(super) fn new(context: Arc<Context>, number: u16) -> Self {
        let schema = context.outbox.schema();
        Self {
            number,
            name: format!("entente_outbox/{schema}/{number}"),
            read: Statement::new(schema, READ),
            delete: Statement::new(schema, "DELETE FROM {s}.outbox WHERE shard = $1 AND id = ANY($2)"),
            context,
        }
    }

    /// Tries for the lock and carries the shard while it has it, until the cancellation.
    pub(super) async fn run(&self, cancel: &CancellationToken) {
        let mut retry = self.context.config.backoff.start();
        while !cancel.is_cancelled() {
            if let Err(error) = self.take_and_carry(&mut retry, cancel).await {
                self.stopped(&error);
                retry.wait(cancel).await;
            }
        }
    }

    async fn take_and_carry(&self, retry: &mut Retry, cancel: &CancellationToken) -> Result<(), ShardError> {
        let config = &self.context.config;
        let options = self.context.pool.connect_options();
        let mut lock = SessionLocks::connect(&options, config.idle_timeout).await?;
        let name = [self.name.clone()];
        while lock.try_acquire(&name).await? != [true] {
            // Another process has it, and that is its to report.
            self.context.health.clear(&self.name);
            if pause(cancel, config.acquire_interval.min(config.idle_timeout / 2)).await {
                lock.release().await;
                return Ok(());
            }
        }
        tracing::debug!(shard = self.name, "holds the shard");
        self.context.hold();
        let carried = self.carry(&mut lock, retry, cancel).await;
        self.context.let_go();
        lock.release().await;
        carried
    }

    async fn carry(
        &self,
        lock: &mut SessionLocks,
        retry: &mut Retry,
        cancel: &CancellationToken,
    ) -> Result<(), ShardError> {
        let context = &self.context;
        // Also after each change of hands: whoever had it may not have got to it.
        let topics = context.outbox.topics();
        let ensure = async {
            tokio::select! {
                () = cancel.cancelled() => Ok(()),
                ensured = context.log.ensure_topics(&topics) => ensured,
            }
        };
        lock.hold_while(ensure).await??;
        let mut bell = context.outbox.bell().listen(Vec::new());
        while !cancel.is_cancelled() {
            lock.ping_if_due().await?;
            bell.mark();
            let batch = self.read().await?;
            if batch.records.is_empty() {
                self.goes_on(retry);
                let woken = async {
                    tokio::select! {
                        () = cancel.cancelled() => {}
                        () = bell.rung() => {}
                        () = tokio::time::sleep(context.config.poll_interval) => {}
                    }
                };
                lock.hold_while(woken).await?;
                continue;
            }
            match self.send(lock, &batch, cancel).await? {
                None => self.goes_on(retry),
                Some(failure) => {
                    self.stopped(&ShardError::Log(failure));
                    lock.hold_while(retry.wait(cancel)).await?;
                }
            }
        }
        Ok(())
    }

    /// Everything that stands there, in the order of the ids. There is no cursor: a transaction that took its id early
    /// may commit late, and is found all the same.
    async fn read(&self) -> Result<Batch, ShardError> {
        let config = &self.context.config;
        let read = self
            .read
            .query()
            .bind(i32::from(self.number))
            .bind(i64::from(config.batch));
        let rows = read
            .bind(config.batch_bytes)
            .fetch_all(&self.context.pool)
            .await?;
        let mut batch = Batch::default();
        for row in rows {
            batch.ids.push(row.try_get("id")?);
            batch.records.push(record(&row)?);
        }
        Ok(batch)
    }

    /// Sends the batch and deletes what the log has acknowledged; gives the failure that stopped it.
    async fn send(
        &self,
        lock: &mut SessionLocks,
        batch: &Batch,
        cancel: &CancellationToken,
    ) -> Result<Option<LogError>, ShardError> {
        let system = self.context.log.system();
        let spans: Vec<Span> = batch
            .records
            .iter()
            .filter_map(|record| producer_span(system, record))
            .collect();
        let append = async {
            tokio::select! {
                appended = self.context.log.append(&batch.records) => Some(appended),
                // What may have got there comes again from the next relay, and is dropped by its sequence.
                () = async { cancel.cancelled().await; tokio::time::sleep(LAST_BATCH).await } => None,
            }
        };
        let appended = lock.hold_while(append).await?;
        drop(spans);
        let Some(appended) = appended else { return Ok(None) };
        let service = self.context.outbox.schema().to_string();
        if let Some(sent) = batch
            .ids
            .get(..appended.acknowledged)
            .filter(|sent| !sent.is_empty())
        {
            self.delete
                .query()
                .bind(i32::from(self.number))
                .bind(sent)
                .execute(&self.context.pool)
                .await?;
            let count = u64::try_from(sent.len()).unwrap_or(u64::MAX);
            metrics::counter!(names::EVENTS_RELAYED, "service" => service.clone()).increment(count);
        }
        if appended.failure.is_some() {
            metrics::counter!(names::EVENTS_RELAY_FAILURES, "service" => service).increment(1);
        }
        Ok(appended.failure)
    }

    fn goes_on(&self, retry: &mut Retry) {
        self.context.health.clear(&self.name);
        retry.reset();
    }

    fn stopped(&self, error: &ShardError) {
        tracing::warn!(%error, shard = self.name, "the shard stands still, it is tried again");
        self.context.health.report(
            &self.name,
            format!("the shard {} stands still: {error}", self.name),
        );
    }
}

fn record(row: &PgRow) -> Result<Record, ShardError> {
    let mut headers: Vec<_> = serde_json::from_str(row.try_get("headers")?)?;
    headers.push(envelope::sequence_header(row.try_get("seq")?));
    Ok(Record {
        topic: row.try_get("topic")?,
        key: row.try_get("key")?,
        headers,
        payload: row.try_get("payload")?,
    })
}

/// The span of one message's way to the log, a child of what caused it.
fn producer_span(system: &'static str, record: &Record) -> Option<Span> {
    let traceparent = envelope::traceparent(&record.headers);
    if !trace::is_sampled(traceparent) {
        return None;
    }
    let span = info_span!(
        "send",
        otel.name = format!("send {}", record.topic),
        otel.kind = "producer",
        { names::MESSAGING_SYSTEM } = system,
        { names::MESSAGING_OPERATION_NAME } = "send",
        { names::MESSAGING_OPERATION_TYPE } = "send",
        { names::MESSAGING_DESTINATION_NAME } = record.topic,
        { names::MESSAGING_MESSAGE_ID } = envelope::id(&record.headers),
    );
    trace::follow(&span, traceparent);
    Some(span)
}

/// Whether the cancellation came first.
async fn pause(cancel: &CancellationToken, wait: Duration) -> bool {
    tokio::time::timeout(wait, cancel.cancelled()).await.is_ok()
}

const READ: &str = "
SELECT id, topic, key, seq, headers::text AS headers, payload FROM (
    SELECT standing.*, sum(size) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS total
    FROM (SELECT * FROM {s}.outbox WHERE shard = $1 ORDER BY id LIMIT $2) standing
) batch
WHERE total - size <= $3
ORDER BY id";
