//! The decision engine: the access data in memory, kept at the last revision.
//!
//! [`Engine`] is a cheap handle. Behind it a follower loads everything once, holds a lease, and applies the revisions as
//! they are committed. Several replicas decide; who takes a right away waits until each of them knows, or has lost its
//! lease. Without one every question is answered by [`Undecided`]. The protocol is in docs/revocation.md.

mod announce;
mod bell;
mod denials;
mod follower;
mod lease;
mod listing;
mod news;
mod replica;
mod roll;
pub mod vocabulary;
mod waiting;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use entente_pg::Database;
use entente_runtime::clock::SharedClock;
use jiff::Timestamp;
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::domain::decision::{Access, Denial, Requirement, Silent, Source, Step, Steps, Subject, decide};
pub use crate::domain::decision::{Change, Revision};
pub use announce::announce_denials;
use bell::Bell;
use denials::{Denials, Denied};
use follower::Follower;
use lease::{Lease, Moment};
pub use news::{Moved, News};
use roll::Roll;

/// For how long a call waits for a lease that was lost.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked whether it is back.
const LOOK: Duration = Duration::from_millis(5);
/// How many revisions a watcher may fall behind.
const NEWS_KEPT: usize = 1_024;

/// Decides in memory. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// A decision, and the revision that it was made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The source of the right, or why not.
    pub outcome: Result<Source, Denial>,
    /// The revision of the access data.
    pub revision: Revision,
}

/// Nothing is decided at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no decision can be made at the moment: try again in a second")]
pub struct Undecided;

struct Shared {
    access: RwLock<Access>,
    lease: Lease,
    progress: watch::Sender<Progress>,
    standing: watch::Sender<Standing>,
    news: broadcast::Sender<News>,
    wake: Notify,
    bell: Bell,
    roll: Roll,
    database: Database,
    denials: Denials,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// How far the follower is.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// What is in force here.
    applied: Revision,
    /// How often it began to renew and read, and the last time that it ended with all that there was.
    begun: u64,
    ended: u64,
    /// This replica's row.
    row: Option<Uuid>,
}

/// Whether the engine decides.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    Starting,
    Deciding,
    /// It doesn't, for this reason.
    Waiting(String),
}

impl Engine {
    /// Starts the follower, which goes on until [`Engine::stop`]. Needs a Tokio runtime around it.
    pub fn start(database: Database, clock: SharedClock) -> Self {
        let shared = Arc::new(Shared {
            access: RwLock::new(Access::new(vocabulary::roles())),
            lease: Lease::default(),
            progress: watch::Sender::new(Progress::default()),
            standing: watch::Sender::new(Standing::Starting),
            news: broadcast::Sender::new(NEWS_KEPT),
            wake: Notify::new(),
            bell: Bell::default(),
            roll: Roll::new(),
            database: database.clone(),
            denials: Denials::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        let follower = Follower::new(shared.clone(), database, clock);
        shared.tasks.spawn(follower.run());
        shared.tasks.spawn(until_stopped(shared.clone()));
        shared.tasks.close();
        Self { shared }
    }

    /// Decides.
    ///
    /// # Errors
    /// [`Undecided`] while this replica has no lease.
    pub fn decide(
        &self,
        subject: &Subject,
        requirement: &Requirement,
        now: Timestamp,
    ) -> Result<Decided, Undecided> {
        let access = self.shared.read();
        let outcome = decide(&access, subject, requirement, now, &mut Silent);
        let revision = access.revision();
        self.shared.while_leased(&access, Decided { outcome, revision })
    }

    /// Decides, and tells each question that was asked with its answer.
    ///
    /// # Errors
    /// [`Undecided`] while this replica has no lease.
    pub fn explain(
        &self,
        subject: &Subject,
        requirement: &Requirement,
        now: Timestamp,
    ) -> Result<(Decided, Vec<Step>), Undecided> {
        let mut steps = Steps::default();
        let access = self.shared.read();
        let outcome = decide(&access, subject, requirement, now, &mut steps);
        let revision = access.revision();
        self.shared
            .while_leased(&access, (Decided { outcome, revision }, steps.0))
    }

    /// Waits until it decides.
    pub async fn ready(&self) {
        self.shared
            .standing
            .subscribe()
            .wait_for(|standing| *standing == Standing::Deciding)
            .await
            .ok();
    }

    /// Waits until it has a lease, for a second at most: on a busy machine a renewal can be late, and a caller had rather
    /// wait for the next one than be told to come back. Whether it decides is asked by the decision.
    pub async fn leased(&self) {
        let begun = Moment::now();
        while !self.shared.lease.holds() && begun.elapsed() < PATIENCE {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Whether it decides.
    ///
    /// # Errors
    /// Why not, and what to do.
    pub fn readiness(&self) -> Result<(), String> {
        match &*self.shared.standing.borrow() {
            Standing::Deciding if self.shared.lease.holds() => Ok(()),
            Standing::Deciding => Err("the database did not answer in time: look at it".to_owned()),
            Standing::Starting => Err("the access data are being loaded: wait".to_owned()),
            Standing::Waiting(reason) => Err(reason.clone()),
        }
    }

    /// What moves from here on, and the revision to go on from.
    ///
    /// # Errors
    /// [`Undecided`] while this replica has no lease.
    pub fn watch(&self) -> Result<(Revision, broadcast::Receiver<News>), Undecided> {
        let news = self.shared.news.subscribe();
        let access = self.shared.read();
        self.shared.while_leased(&access, (access.revision(), news))
    }

    /// Takes down that something was denied, for the audit trail.
    pub fn denied(&self, subject: &Subject, requirement: &Requirement, denial: &Denial, now: Timestamp) {
        let target = match requirement {
            Requirement::Oneself { .. } => None,
            // The trail of who tries ids must not tell which of them name an organization, and a stranger's tries are
            // no business of the one that is named.
            Requirement::Need(need) => Some(need.organization)
                .filter(|target| self.shared.read().are_related(subject.organization, *target)),
        };
        self.shared
            .denials
            .record(Denied::new(subject, requirement, target, denial, now));
    }

    /// Ends the follower and gives up the lease. Nothing is decided afterwards.
    pub async fn stop(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.wait().await;
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("standing", &*self.shared.standing.borrow())
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn read(&self) -> RwLockReadGuard<'_, Access> {
        self.access.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Access> {
        self.access.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asked after the work, and before the access data can move: a process that was stopped in between must not answer
    /// from what it knew before, by a lease that rests on what it has learnt since.
    fn while_leased<T>(&self, _access: &Access, answer: T) -> Result<T, Undecided> {
        if self.lease.holds() {
            Ok(answer)
        } else {
            Err(Undecided)
        }
    }
}

/// What waits and tells, beside the follower.
async fn until_stopped(shared: Arc<Shared>) {
    tokio::select! {
        () = shared.stop.cancelled() => {}
        () = shared.roll.call(&shared.database) => {}
        () = shared.bell.tell(&shared.database) => {}
    }
}
