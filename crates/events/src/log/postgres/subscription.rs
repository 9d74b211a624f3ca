//! A group's member on the Postgres log.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use async_trait::async_trait;
use entente_runtime::telemetry::names;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tokio::time::Instant;

use super::super::{Delivered, LogError, Subscription};
use super::Inner;
use crate::bell::Listener;
use crate::event::Topic;
use crate::gauge;
use crate::lock::{LockError, SessionLocks};

/// What is looked at in each partition at least, however many there are: few of them are full at once.
const LEAST_SHARE: usize = 64;

/// A topic's partition.
type Place = (String, i32);

/// Reads the partitions whose locks it holds. The first member of a group takes all, another one what is left when
/// it goes: on one machine there is nothing to share out.
pub(super) struct PostgresSubscription {
    log: Arc<Inner>,
    group: String,
    topics: Vec<String>,
    locks: SessionLocks,
    /// The next offset of each partition that it holds.
    owned: BTreeMap<Place, i64>,
    claimed: Option<Instant>,
    bell: Listener,
    unstored: BTreeMap<Place, i64>,
    stored: Instant,
}

impl PostgresSubscription {
    pub(super) async fn join(log: Arc<Inner>, group: &str, topics: &[Topic]) -> Result<Self, LogError> {
        let options = log.pool.connect_options();
        let locks = SessionLocks::connect(&options, log.config.idle_timeout).await?;
        Ok(Self {
            bell: log.bell.listen(topics.iter().map(Topic::to_string).collect()),
            log,
            group: group.to_owned(),
            topics: topics.iter().map(Topic::to_string).collect(),
            locks,
            owned: BTreeMap::new(),
            claimed: None,
            unstored: BTreeMap::new(),
            stored: Instant::now(),
        })
    }

    /// What is to be done now and then, off the way of an event. Says whether it took partitions.
    async fn keep_house(&mut self) -> Result<bool, LogError> {
        self.locks.ping_if_due().await?;
        if !self.unstored.is_empty() && self.stored.elapsed() >= self.log.config.store_interval {
            self.store_now().await?;
        }
        if self
            .claimed
            .is_some_and(|at| at.elapsed() < self.log.config.claim_interval)
        {
            return Ok(false);
        }
        self.claimed = Some(Instant::now());
        let held = self.owned.len();
        self.claim().await?;
        Ok(self.owned.len() > held)
    }

    /// Takes the partitions that nobody holds, and tells how far behind the others are.
    async fn claim(&mut self) -> Result<(), LogError> {
        let rows = self
            .log
            .sql
            .partitions
            .query()
            .bind(&self.topics)
            .fetch_all(&self.log.pool)
            .await?;
        let mut free = Vec::new();
        for row in rows {
            let place: Place = (row.try_get(0)?, row.try_get(1)?);
            match self.owned.get(&place) {
                None => free.push(place),
                Some(next) => self.tell_lag(&place, row.try_get::<i64, _>(2)? - next),
            }
        }
        if free.is_empty() {
            Ok(())
        } else {
            self.take(free).await
        }
    }

    fn tell_lag(&self, (topic, partition): &Place, lag: i64) {
        let labels = [
            ("group", self.group.clone()),
            ("topic", topic.clone()),
            ("partition", partition.to_string()),
        ];
        metrics::gauge!(names::CONSUMER_LAG, &labels).set(gauge::value(lag));
    }

    async fn take(&mut self, free: Vec<Place>) -> Result<(), LogError> {
        let schema = &self.log.config.schema;
        let name = |(topic, partition): &Place| format!("{schema}/{}/{topic}/{partition}", self.group);
        let names: Vec<String> = free.iter().map(name).collect();
        let taken = self.locks.try_acquire(&names).await?;
        let mine: Vec<Place> = free
            .into_iter()
            .zip(taken)
            .filter(|(_, mine)| *mine)
            .map(|(place, _)| place)
            .collect();
        if mine.is_empty() {
            return Ok(());
        }
        // Read after the lock: the one before us may have stored until then.
        let (topics, partitions) = columns(mine.iter());
        let offsets = self
            .log
            .sql
            .offsets
            .query()
            .bind(&self.group)
            .bind(topics)
            .bind(partitions);
        for row in offsets.fetch_all(&self.log.pool).await? {
            self.owned
                .insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
        }
        tracing::debug!(group = self.group, partitions = mine.len(), "took partitions");
        Ok(())
    }

    async fn read(&mut self, most: usize) -> Result<Vec<Delivered>, LogError> {
        if self.owned.is_empty() {
            return Ok(Vec::new());
        }
        let (topics, partitions) = columns(self.owned.keys());
        let nexts: Vec<i64> = self.owned.values().copied().collect();
        let read = self
            .log
            .sql
            .read
            .query()
            .bind(topics)
            .bind(partitions)
            .bind(nexts);
        let share = (most / self.owned.len()).max(LEAST_SHARE).min(most);
        let read = read
            .bind(count(most))
            .bind(self.log.config.poll_bytes)
            .bind(count(share));
        let rows = read.fetch_all(&self.log.pool).await?;
        let batch = rows.iter().map(delivered).collect::<Result<Vec<_>, _>>()?;
        for record in &batch {
            self.owned
                .insert((record.topic.clone(), record.partition), record.offset + 1);
        }
        Ok(batch)
    }

    async fn store_now(&mut self) -> Result<(), LogError> {
        self.stored = Instant::now();
        let unstored = mem::take(&mut self.unstored);
        let (topics, partitions) = columns(unstored.keys());
        let nexts: Vec<i64> = unstored.values().copied().collect();
        let store = self
            .log
            .sql
            .store
            .query()
            .bind(&self.group)
            .bind(topics)
            .bind(partitions)
            .bind(nexts);
        // Should it fail, these come again after the next start and are dropped by their sequence.
        store.execute(&self.log.pool).await?;
        Ok(())
    }
}

#[async_trait]
impl Subscription for PostgresSubscription {
    async fn poll(&mut self, most: usize) -> Result<Vec<Delivered>, LogError> {
        self.keep_house().await?;
        loop {
            self.bell.mark();
            let batch = self.read(most).await?;
            if !batch.is_empty() {
                return Ok(batch);
            }
            if self.keep_house().await? {
                continue;
            }
            tokio::select! {
                () = self.bell.rung() => {}
                () = tokio::time::sleep(self.log.config.poll_interval) => {}
            }
        }
    }

    fn store(&mut self, applied: &[Delivered]) {
        for record in applied {
            let place = (record.topic.clone(), record.partition);
            let next = self.unstored.entry(place).or_default();
            *next = record.offset.saturating_add(1).max(*next);
        }
    }

    async fn close(mut self: Box<Self>) {
        if !self.unstored.is_empty()
            && let Err(error) = self.store_now().await
        {
            tracing::debug!(%error, group = self.group, "the last offsets were not stored");
        }
        self.locks.release().await;
    }
}

impl From<LockError> for LogError {
    fn from(error: LockError) -> Self {
        Self::Lost(error.to_string())
    }
}

fn columns<'a>(places: impl Iterator<Item = &'a Place>) -> (Vec<String>, Vec<i32>) {
    places
        .map(|(topic, partition)| (topic.clone(), *partition))
        .unzip()
}

fn count(records: usize) -> i64 {
    i64::try_from(records).unwrap_or(i64::MAX)
}

fn delivered(row: &PgRow) -> Result<Delivered, LogError> {
    Ok(Delivered {
        topic: row.try_get(0)?,
        partition: row.try_get(1)?,
        offset: row.try_get(2)?,
        key: row.try_get(3)?,
        headers: serde_json::from_str(row.try_get(4)?)?,
        payload: row.try_get(5)?,
    })
}
