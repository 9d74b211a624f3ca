//! Carries what stands in an outbox to the log.

mod monitor;
mod shard;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::monitor::Monitor;
use self::shard::Shard;
use crate::backoff::Backoff;
use crate::health::Health;
use crate::log::EventLog;
use crate::outbox::Outbox;

/// Settings of a relay.
#[derive(Clone, Debug)]
pub struct RelayConfig {
    /// How often a shard is looked at without being woken.
    pub poll_interval: Duration,
    /// How long a relay may hang before another one gets its shards.
    pub idle_timeout: Duration,
    /// How often a relay tries to get a shard that another one has.
    pub acquire_interval: Duration,
    /// The most events that one batch takes.
    pub batch: u16,
    /// The most bytes that one batch takes, give or take an event.
    pub batch_bytes: i64,
    /// The waits after a failed delivery.
    pub backoff: Backoff,
    /// How often depth and age of the outbox and the log's answer are looked at.
    pub monitor_interval: Duration,
    /// An outbox with so many events is reported.
    pub saturated_depth: u32,
    /// An outbox whose oldest event has waited so long is reported.
    pub saturated_age: Duration,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_millis(100),
            idle_timeout: Duration::from_secs(10),
            acquire_interval: Duration::from_millis(500),
            batch: 2000,
            batch_bytes: 8 << 20,
            backoff: Backoff::default(),
            monitor_interval: Duration::from_secs(5),
            saturated_depth: 100_000,
            saturated_age: Duration::from_secs(120),
        }
    }
}

/// The relay of one service in this process. Each shard is carried by one process at a time; run as many as you like.
#[derive(Clone)]
pub struct Relay {
    context: Arc<Context>,
}

struct Context {
    outbox: Outbox,
    pool: PgPool,
    log: Arc<dyn EventLog>,
    config: RelayConfig,
    health: Health,
    /// Shards that this process carries now.
    held: AtomicU16,
}

impl fmt::Debug for Relay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Relay")
            .field("outbox", &self.context.outbox)
            .finish_non_exhaustive()
    }
}

impl Relay {
    /// A relay over the pool of the service's worker role. Beside the pool it opens one connection per shard for the
    /// lock and two for wake-ups.
    pub fn new(outbox: Outbox, pool: PgPool, log: Arc<dyn EventLog>, config: RelayConfig) -> Self {
        let health = Health::default();
        let held = AtomicU16::new(0);
        Self {
            context: Arc::new(Context {
                outbox,
                pool,
                log,
                config,
                health,
                held,
            }),
        }
    }

    /// Why the service should not be called ready: the log is away, a shard stands still, the outbox fills up.
    pub fn health(&self) -> Health {
        self.context.health.clone()
    }

    /// The alarm of a full outbox; nothing while there is room.
    pub fn saturated(&self) -> Option<String> {
        self.context.health.reason(monitor::SATURATED)
    }

    /// How many shards this process carries now.
    pub fn shards_held(&self) -> u16 {
        self.context.held.load(Ordering::Relaxed)
    }

    /// Carries events until the cancellation; then finishes the batch that is under way and frees its shards.
    pub async fn run(self, cancel: CancellationToken) {
        let context = &self.context;
        let mut tasks = JoinSet::new();
        for number in 0..context.outbox.shards() {
            let (shard, cancel) = (Shard::new(Arc::clone(context), number), cancel.clone());
            tasks.spawn(async move { shard.run(&cancel).await });
        }
        let (monitor, stop) = (Monitor::new(Arc::clone(context)), cancel.clone());
        tasks.spawn(async move { monitor.run(&stop).await });
        let (bell, options) = (Arc::clone(context.outbox.bell()), context.pool.connect_options());
        tasks.spawn(async move { bell.run(&options, &cancel).await });
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a part of the relay ended early");
                context
                    .health
                    .report("relay", "a part of the relay ended early: restart the process");
            }
        }
    }
}

impl Context {
    /// Where this process has every shard, no other one needs to be woken.
    fn hold(&self) {
        let held = self.held.fetch_add(1, Ordering::Relaxed) + 1;
        if held == self.outbox.shards() {
            self.outbox.bell().stay_here();
        }
    }

    fn let_go(&self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
        self.outbox.bell().carry();
    }
}
