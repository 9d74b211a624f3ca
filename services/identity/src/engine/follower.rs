//! Keeps the access data at the last revision.

use std::sync::Arc;
use std::time::{Duration, Instant};

use entente_pg::Database;
use entente_runtime::clock::SharedClock;
use uuid::Uuid;

use super::lock::ReplicaLock;
use super::news::{Moved, News};
use super::{Shared, Standing, vocabulary};
use crate::domain::decision::{Change, OutOfOrder, Revision};
use crate::store::snapshot::{self, LoadError};

/// How soon a revision is found that another process committed.
const POLL: Duration = Duration::from_millis(200);
/// How long to wait before the lock is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// How often what has expired is forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// Why nothing is decided.
#[derive(Debug, thiserror::Error)]
pub(super) enum Interruption {
    /// Two replicas were started.
    #[error("another replica of identity decides for this database: run one only, and end the other")]
    Held,
    /// The connection of the lock.
    #[error("the lock of the decisions was lost: {0}")]
    Database(#[from] entente_pg::Error),
    /// It is there and says nothing.
    #[error("the database doesn't answer: look at it")]
    Silent,
    /// The snapshot.
    #[error("the access data can't be loaded: {0}")]
    Load(#[from] LoadError),
    /// A revision that doesn't fit.
    #[error(transparent)]
    OutOfOrder(#[from] OutOfOrder),
}

/// Follows until it is stopped, and begins anew after every interruption.
pub(super) async fn run(shared: Arc<Shared>, database: Database, clock: SharedClock) {
    let stop = shared.stop.clone();
    let mut holder = None;
    loop {
        match hold(&shared, &database, &clock, &mut holder).await {
            Ok(()) => break,
            Err(interruption) => shared.interrupted(&interruption.to_string()),
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(RETRY) => {}
        }
    }
    shared.interrupted("it is shutting down");
    // Who waits for a revision waits for nothing: no decision is made on an older one.
    shared.applied.send_replace(Revision::new(i64::MAX));
}

/// Takes the lock, loads, and follows until it is stopped.
async fn hold(
    shared: &Shared,
    database: &Database,
    clock: &SharedClock,
    holder: &mut Option<Uuid>,
) -> Result<(), Interruption> {
    let stop = shared.stop.clone();
    let Some(taken) = stop
        .run_until_cancelled(ReplicaLock::take(database, *holder))
        .await
    else {
        return Ok(());
    };
    let mut lock = taken?;
    let followed = stop
        .run_until_cancelled(load_and_follow(shared, database, clock, &mut lock))
        .await;
    shared.lease.end();
    *holder = lock.holder();
    match followed {
        None => {
            lock.release().await;
            Ok(())
        }
        // No goodbye: the way to the database is broken, or what came over it.
        Some(interrupted) => interrupted,
    }
}

async fn load_and_follow(
    shared: &Shared,
    database: &Database,
    clock: &SharedClock,
    lock: &mut ReplicaLock,
) -> Result<(), Interruption> {
    lock.outlive_predecessor().await?;
    let loaded = lock
        .hold_while(snapshot::load(database, vocabulary::roles(), clock.now()))
        .await??;
    let mut known = loaded.revision();
    let before = std::mem::replace(&mut *shared.write(), loaded);
    drop(before);
    shared.applied.send_replace(known);
    let mut swept = Instant::now();
    loop {
        let asked = Instant::now();
        let revisions = lock.list_after(known).await?;
        let quiet = revisions.is_empty();
        for (revision, changes) in revisions {
            shared.apply(revision, &changes)?;
            known = revision;
        }
        shared.lease.extend(asked);
        shared.decides();
        if !quiet {
            continue;
        }
        if swept.elapsed() >= SWEEP {
            swept = Instant::now();
            shared.write().forget_expired(clock.now());
            lock.sweep(clock.now()).await?;
        }
        tokio::select! {
            () = shared.wake.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

impl Shared {
    fn apply(&self, revision: Revision, changes: &[Change]) -> Result<(), OutOfOrder> {
        let mut access = self.write();
        if let Err(error) = access.apply(revision, changes) {
            // While nobody can look at what is left.
            self.lease.end();
            return Err(error);
        }
        drop(access);
        self.applied.send_replace(revision);
        // Nobody may be watching.
        self.news
            .send(News::Moved(Arc::new(Moved::by(revision, changes))))
            .ok();
        Ok(())
    }

    fn decides(&self) {
        self.standing.send_if_modified(|standing| {
            let new = *standing != Standing::Deciding;
            if new {
                tracing::info!("decisions are made here");
                *standing = Standing::Deciding;
            }
            new
        });
    }

    fn interrupted(&self, reason: &str) {
        self.lease.end();
        self.news.send(News::Interrupted).ok();
        self.standing.send_if_modified(|standing| {
            let waiting = Standing::Waiting(reason.to_owned());
            let new = *standing != waiting;
            if new {
                tracing::warn!(reason, "no decisions are made here");
                *standing = waiting;
            }
            new
        });
    }
}
