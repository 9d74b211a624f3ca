//! Says that there is something to read, in this process at once and in the others soon.
//!
//! A NOTIFY in every transaction would take a lock that all commits of the server share, so the transactions don't
//! notify: their process asks for a NOTIFY, which goes out in a transaction of its own, one for all that asked
//! meanwhile. Nothing depends on it: whoever listens looks by itself every now and then.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::backoff::{Backoff, Retry};

/// The shortest time between two NOTIFYs of a process.
const COALESCE: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(crate) struct Bell {
    channel: String,
    rung: watch::Sender<Rings>,
    asked: Notify,
    /// Whether anybody elsewhere could want to hear it.
    carried: AtomicBool,
    /// The backend that sends our NOTIFYs, which come back to us too.
    own: AtomicI32,
}

#[derive(Debug, Default)]
struct Rings {
    for_all: u64,
    by_topic: HashMap<String, u64>,
}

/// Hears the rings that it has a use for.
#[derive(Debug)]
pub(crate) struct Listener {
    rung: watch::Receiver<Rings>,
    topics: Vec<String>,
    heard: u64,
}

impl Listener {
    /// Takes what was rung so far as heard. Mark it before looking, so that no ring is missed.
    pub(crate) fn mark(&mut self) {
        self.heard = self.count();
    }

    /// Waits for a ring since the mark.
    pub(crate) async fn rung(&mut self) {
        while self.count() == self.heard {
            if self.rung.changed().await.is_err() {
                // Nobody is left who could ring, so only the poll is.
                std::future::pending::<()>().await;
            }
        }
    }

    fn count(&mut self) -> u64 {
        let rings = self.rung.borrow_and_update();
        let of_topics = self
            .topics
            .iter()
            .filter_map(|topic| rings.by_topic.get(topic))
            .copied();
        of_topics.fold(rings.for_all, u64::wrapping_add)
    }
}

impl Bell {
    pub(crate) fn new(channel: String) -> Arc<Self> {
        let (rung, _) = watch::channel(Rings::default());
        let carried = AtomicBool::new(true);
        Arc::new(Self {
            channel,
            rung,
            asked: Notify::new(),
            carried,
            own: AtomicI32::new(0),
        })
    }

    /// Wakes all who listen, in this process now and elsewhere soon.
    pub(crate) fn ring(&self) {
        self.ring_here();
        self.ask();
    }

    /// Wakes those who listen for these topics in this process, and everybody elsewhere.
    pub(crate) fn ring_for<'a>(&self, topics: impl Iterator<Item = &'a str>) {
        self.rung.send_modify(|rings| {
            for topic in topics {
                match rings.by_topic.get_mut(topic) {
                    Some(count) => *count = count.wrapping_add(1),
                    None => {
                        rings.by_topic.insert(topic.to_owned(), 1);
                    }
                }
            }
        });
        self.ask();
    }

    fn ring_here(&self) {
        self.rung
            .send_modify(|rings| rings.for_all = rings.for_all.wrapping_add(1));
    }

    fn ask(&self) {
        if self.carried.load(Ordering::Relaxed) {
            self.asked.notify_one();
        }
    }

    /// Where everybody who listens is in this process, nobody else needs to be told.
    pub(crate) fn stay_here(&self) {
        self.carried.store(false, Ordering::Relaxed);
    }

    pub(crate) fn carry(&self) {
        self.carried.store(true, Ordering::Relaxed);
    }

    pub(crate) fn listen(&self, topics: Vec<String>) -> Listener {
        Listener {
            rung: self.rung.subscribe(),
            topics,
            heard: 0,
        }
    }

    /// Carries rings to and from other processes until the cancellation.
    pub(crate) async fn run(&self, options: &PgConnectOptions, cancel: &CancellationToken) {
        // Connections of its own: a pool that is busy must not delay the bell, nor the bell take from the pool.
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .max_lifetime(None)
            .connect_lazy_with(options.clone());
        tokio::select! {
            () = cancel.cancelled() => {}
            () = self.notify_others(&pool) => {}
            () = self.hear_others(&pool) => {}
        }
        // Not waited for: the listener's connection is gone with its future, and Postgres sees the other one close.
        drop(pool);
    }

    async fn notify_others(&self, pool: &PgPool) {
        let mut retry = retry();
        loop {
            self.asked.notified().await;
            let notify =
                sqlx::query_scalar("SELECT pg_backend_pid() FROM pg_notify($1, '')").bind(&self.channel);
            match notify.fetch_one(pool).await {
                Ok(own) => {
                    self.own.store(own, Ordering::Relaxed);
                    retry.reset();
                    tokio::time::sleep(COALESCE).await;
                }
                Err(error) => {
                    tracing::debug!(%error, channel = self.channel, "a notify was not sent");
                    tokio::time::sleep(retry.step()).await;
                }
            }
        }
    }

    async fn hear_others(&self, pool: &PgPool) {
        let mut retry = retry();
        loop {
            if let Err(error) = self.listen_once(pool, &mut retry).await {
                tracing::debug!(%error, channel = self.channel, "listening was interrupted");
            }
            tokio::time::sleep(retry.step()).await;
        }
    }

    async fn listen_once(&self, pool: &PgPool, retry: &mut Retry) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(&self.channel).await?;
        retry.reset();
        // What was notified while nobody listened is lost.
        self.ring_here();
        loop {
            // A lost connection, which comes back by itself, gives nothing.
            let notified = listener.try_recv().await?;
            let own = self.own.load(Ordering::Relaxed);
            if notified.is_none_or(|notified| i32::try_from(notified.process_id()) != Ok(own)) {
                self.ring_here();
            }
        }
    }
}

fn retry() -> Retry {
    Backoff::default().start()
}
