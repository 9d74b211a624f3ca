//! Applies what the log brings, each event once and in order per key.

mod apply;
mod cursor;
mod drain;
mod effect;
mod handler;
mod incoming;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use self::apply::Applier;
pub use self::handler::{EventHandler, HandlerError, ManyEvents};
use self::incoming::Incoming;
use crate::backoff::{Backoff, Retry};
use crate::event::Topic;
use crate::health::Health;
use crate::log::{Delivered, EventLog, LogError, Subscription};
use crate::schema::Schema;

/// Settings of a consumer.
#[derive(Clone, Debug)]
pub struct ConsumerConfig {
    /// The group: each group gets every event once.
    pub group: String,
    /// What it hears. They are created where they don't exist, so that services may start in any order.
    pub topics: Vec<Topic>,
    /// The schema with the group's cursors, the one that the effects go to.
    pub schema: Schema,
    /// The most events of one poll.
    pub batch: usize,
    /// Transactions at a time, each with a connection of the pool; a key stays in one of them.
    pub lanes: u32,
    /// How often it looks for parked events that can go on.
    pub drain_interval: Duration,
    /// The waits after a failure that may pass.
    pub backoff: Backoff,
}

impl ConsumerConfig {
    /// The defaults for a group.
    pub fn new(group: &str, schema: Schema, topics: Vec<Topic>) -> Self {
        Self {
            group: group.to_owned(),
            topics,
            schema,
            batch: 1000,
            lanes: 4,
            drain_interval: Duration::from_secs(1),
            backoff: Backoff::default(),
        }
    }
}

/// One member of a group, in this process.
pub struct Consumer {
    config: ConsumerConfig,
    log: Arc<dyn EventLog>,
    applier: Applier,
    health: Health,
}

impl fmt::Debug for Consumer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Consumer")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// The cancellation came.
struct Cancelled;

impl Consumer {
    /// A consumer over the pool of the service's worker role, which needs a connection for each lane.
    pub fn new(
        config: ConsumerConfig,
        pool: PgPool,
        log: Arc<dyn EventLog>,
        handler: Arc<dyn EventHandler>,
    ) -> Self {
        let applier = Applier::new(&config, pool, log.system(), handler);
        Self {
            config,
            log,
            applier,
            health: Health::default(),
        }
    }

    /// Why the service should not be called ready: the log or the database is away.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Applies events until the cancellation; then finishes the batch that is under way, stores its offsets and
    /// leaves the group.
    pub async fn run(self, cancel: CancellationToken) {
        let mut retry = self.config.backoff.start();
        while !cancel.is_cancelled() {
            if let Err(error) = self.listen(&mut retry, &cancel).await {
                tracing::warn!(%error, group = self.config.group, "the consumer was interrupted, it is tried again");
                self.health.report(
                    &self.config.group,
                    format!("{} can't hear: {error}", self.config.group),
                );
                retry.wait(&cancel).await;
            }
        }
    }

    async fn listen(&self, retry: &mut Retry, cancel: &CancellationToken) -> Result<(), LogError> {
        tokio::select! {
            () = cancel.cancelled() => return Ok(()),
            ensured = self.log.ensure_topics(&self.config.topics) => ensured?,
        }
        let mut subscription = self
            .log
            .subscribe(&self.config.group, &self.config.topics)
            .await?;
        let listened = self.apply_all(subscription.as_mut(), retry, cancel).await;
        subscription.close().await;
        listened
    }

    async fn apply_all(
        &self,
        subscription: &mut dyn Subscription,
        retry: &mut Retry,
        cancel: &CancellationToken,
    ) -> Result<(), LogError> {
        let mut drain = tokio::time::interval(self.config.drain_interval);
        drain.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let batch = tokio::select! {
                biased;
                () = cancel.cancelled() => return Ok(()),
                _ = drain.tick() => {
                    self.drain(retry).await;
                    continue;
                }
                batch = subscription.poll(self.config.batch) => batch?,
            };
            let Ok(freed) = self.apply(&batch, retry, cancel).await else {
                return Ok(());
            };
            subscription.store(&batch);
            if freed {
                drain.reset_immediately();
            }
        }
    }

    /// Applies a batch, whatever it takes. Says whether one came that others waited for.
    async fn apply(
        &self,
        batch: &[Delivered],
        retry: &mut Retry,
        cancel: &CancellationToken,
    ) -> Result<bool, Cancelled> {
        let lanes = lanes(batch, self.config.lanes);
        let mut pending: Vec<Vec<Incoming<'_>>> = lanes;
        let mut freed = false;
        loop {
            let applied =
                futures::future::join_all(pending.iter_mut().map(|lane| self.applier.lane(lane))).await;
            let mut failure = None;
            for applied in applied {
                match applied {
                    Ok(lane_freed) => freed |= lane_freed,
                    Err(error) => failure = Some(error),
                }
            }
            // A lane takes away what it has committed, so what is left is what failed and may pass.
            pending.retain(|lane| !lane.is_empty());
            let Some(error) = failure else {
                self.health.clear(&self.config.group);
                retry.reset();
                return Ok(freed);
            };
            self.stuck(&error);
            retry.wait(cancel).await;
            if cancel.is_cancelled() {
                return Err(Cancelled);
            }
        }
    }

    async fn drain(&self, retry: &mut Retry) {
        match self.applier.drain().await {
            Ok(()) => {
                self.health.clear(&self.config.group);
                retry.reset();
            }
            Err(error) => self.stuck(&error),
        }
    }

    fn stuck(&self, error: &handler::BoxError) {
        tracing::warn!(
            error,
            group = self.config.group,
            "events wait, they are tried again"
        );
        self.health.report(
            &self.config.group,
            format!("{} can't apply: {error}", self.config.group),
        );
    }
}

/// Shares a batch out, a key always to the same lane. A small batch isn't worth many transactions.
fn lanes(batch: &[Delivered], most: u32) -> Vec<Vec<Incoming<'_>>> {
    const WORTH_A_LANE: usize = 16;
    let worth = u32::try_from(batch.len().div_ceil(WORTH_A_LANE)).unwrap_or(u32::MAX);
    let count = most.min(worth).max(1);
    let mut lanes: Vec<Vec<Incoming<'_>>> = Vec::new();
    lanes.resize_with(usize::try_from(count).unwrap_or(1), Vec::new);
    for delivered in batch {
        let incoming = Incoming::new(delivered);
        let place = usize::try_from(incoming.lane(count)).unwrap_or(0);
        if let Some(lane) = lanes.get_mut(place) {
            lane.push(incoming);
        }
    }
    lanes.retain(|lane| !lane.is_empty());
    lanes
}
