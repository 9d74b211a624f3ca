//! Keeps the access data at the last revision, and the lease by which they may be used.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use entente_pg::Database;
use entente_runtime::clock::SharedClock;
use sqlx::types::Uuid;

use super::lease::{Continuity, RENEWAL};
use super::news::{Moved, News};
use super::replica::Replica;
use super::{Shared, Standing, bell, vocabulary};
use crate::domain::decision::{Change, OutOfOrder, Revision};
use crate::store::revision::Followed;
use crate::store::snapshot::{self, LoadError};

/// How long to wait after an interruption.
const RETRY: Duration = Duration::from_millis(100);
/// How often what has expired is forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// Why nothing is decided.
#[derive(Debug, thiserror::Error)]
pub(super) enum Interruption {
    /// The connection of the lease.
    #[error("the lease can't be renewed: {0}")]
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

pub(super) struct Follower {
    shared: Arc<Shared>,
    database: Database,
    clock: SharedClock,
    /// The revision that is applied; none until everything is loaded.
    known: Option<Revision>,
    /// This replica's row.
    row: Option<Uuid>,
    swept: Instant,
}

impl Follower {
    pub(super) fn new(shared: Arc<Shared>, database: Database, clock: SharedClock) -> Self {
        Self {
            shared,
            database,
            clock,
            known: None,
            row: None,
            swept: Instant::now(),
        }
    }

    /// Follows until it is stopped, and begins anew after every interruption.
    pub(super) async fn run(mut self) {
        let stop = self.shared.stop.clone();
        while let Some(interruption) = stop.run_until_cancelled(self.follow_once()).await {
            self.shared.interrupted(&interruption.to_string());
            if matches!(interruption, Interruption::OutOfOrder(_)) {
                self.known = None;
            }
            if stop
                .run_until_cancelled(tokio::time::sleep(RETRY))
                .await
                .is_none()
            {
                break;
            }
        }
        self.shared.interrupted("it is shutting down");
        // Who waits for a revision waits for nothing: no decision is made on an older one.
        self.shared.reached(Revision::new(i64::MAX));
        if let Ok(replica) = Replica::connect(&self.database, self.row).await {
            replica.leave().await;
        }
    }

    async fn follow_once(&mut self) -> Interruption {
        let Err(interruption) = self.try_follow().await;
        interruption
    }

    async fn try_follow(&mut self) -> Result<Infallible, Interruption> {
        // Before there is a row: nobody should wait for a replica that loads.
        if self.known.is_none() {
            self.load().await?;
        }
        let mut replica = Replica::connect(&self.database, self.row).await?;
        let (shared, database) = (self.shared.clone(), self.database.clone());
        tokio::select! {
            followed = self.follow(&mut replica) => followed,
            // It begins anew with the connection, since it can't tell a silent one from a broken one.
            never = bell::hear(&shared, &database) => Ok(never),
        }
    }

    async fn load(&mut self) -> Result<(), Interruption> {
        let loaded = snapshot::load(&self.database, vocabulary::roles(), self.clock.now()).await?;
        let revision = loaded.revision();
        let before = std::mem::replace(&mut *self.shared.write(), loaded);
        drop(before);
        self.known = Some(revision);
        self.shared.reached(revision);
        Ok(())
    }

    /// The protocol of docs/revocation.md: renew, and only then read; apply, and only then use the lease.
    async fn follow(&mut self, replica: &mut Replica) -> Result<Infallible, Interruption> {
        let mut woken = false;
        loop {
            let pass = self.shared.pass_begins();
            if woken {
                // What was announced can be confirmed by the renewal that comes now anyway.
                self.catch_up(replica).await?;
            }
            let renewed = replica.renew(self.known.unwrap_or_default()).await;
            if self.row != replica.id() {
                // Without its row nobody has to wait for this replica.
                self.shared.lease.end();
                self.row = replica.id();
                self.shared.registered(self.row);
            }
            let sent = renewed?;
            let moved = self.catch_up(replica).await?;
            if self.shared.lease.extend(sent) == Continuity::Broken {
                // What is open elsewhere was not looked after meanwhile.
                self.shared.news.send(News::Interrupted).ok();
            }
            self.shared.decides();
            self.shared.pass_ends(pass);
            if moved {
                woken = false;
                continue;
            }
            self.sweep(replica).await?;
            tokio::select! {
                () = self.shared.wake.notified() => woken = true,
                () = tokio::time::sleep(RENEWAL.saturating_sub(sent.elapsed())) => woken = false,
            }
        }
    }

    /// Applies all that follows; returns whether anything did.
    async fn catch_up(&mut self, replica: &mut Replica) -> Result<bool, Interruption> {
        let mut moved = false;
        loop {
            let known = self.known.unwrap_or_default();
            let Followed { newest, revisions } = replica.follow(known).await?;
            if newest == known {
                return Ok(moved);
            }
            if revisions.is_empty() {
                // They were swept while this replica was away, or the database has lost some.
                return Err(OutOfOrder::Revision { known, got: newest }.into());
            }
            for (revision, changes) in revisions {
                self.shared.apply(revision, &changes)?;
                self.known = Some(revision);
                moved = true;
            }
            if self.known == Some(newest) {
                return Ok(moved);
            }
        }
    }

    async fn sweep(&mut self, replica: &mut Replica) -> Result<(), Interruption> {
        if self.swept.elapsed() < SWEEP {
            return Ok(());
        }
        self.swept = Instant::now();
        let now = self.clock.now();
        self.shared.write().forget_expired(now);
        replica.sweep(now).await?;
        Ok(())
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
        self.reached(revision);
        // Nobody may be watching.
        self.news
            .send(News::Moved(Arc::new(Moved::by(revision, changes))))
            .ok();
        Ok(())
    }

    fn reached(&self, revision: Revision) {
        self.progress.send_modify(|progress| progress.applied = revision);
    }

    fn registered(&self, row: Option<Uuid>) {
        self.progress.send_modify(|progress| progress.row = row);
    }

    fn pass_begins(&self) -> u64 {
        let mut begun = 0;
        self.progress.send_if_modified(|progress| {
            progress.begun = progress.begun.saturating_add(1);
            begun = progress.begun;
            // Nobody waits for a beginning.
            false
        });
        begun
    }

    fn pass_ends(&self, pass: u64) {
        self.progress.send_modify(|progress| progress.ended = pass);
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
