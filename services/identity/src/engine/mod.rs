//! The decision engine: the access data in memory, kept at the last revision.
//!
//! [`Engine`] is a cheap handle. Behind it a follower holds the replica lock, loads everything once, and applies the
//! revisions as they are committed. Only who holds the lock decides: so a revocation that was applied here is in force
//! everywhere. Without it every question is answered by [`Undecided`].

mod announce;
mod denials;
mod follower;
mod lease;
mod lock;
mod news;
pub mod vocabulary;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use entente_pg::Database;
use entente_runtime::clock::SharedClock;
use jiff::Timestamp;
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use entente_ids::{GroupId, OrganizationId, PrincipalId};

use crate::domain::decision::{
    Access, Denial, Need, Permission, Requirement, Rights, Silent, Source, Step, Steps, Subject, decide,
};
pub use crate::domain::decision::{Change, Revision};
use crate::domain::role::RoleRef;
pub use announce::announce_denials;
use denials::{Denials, Denied};
use lease::Lease;
pub use news::{Moved, News};

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
    applied: watch::Sender<Revision>,
    standing: watch::Sender<Standing>,
    news: broadcast::Sender<News>,
    wake: Notify,
    denials: Denials,
    stop: CancellationToken,
    tasks: TaskTracker,
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
            lease: Lease::new(),
            applied: watch::Sender::new(Revision::default()),
            standing: watch::Sender::new(Standing::Starting),
            news: broadcast::Sender::new(NEWS_KEPT),
            wake: Notify::new(),
            denials: Denials::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        });
        shared.tasks.spawn(follower::run(shared.clone(), database, clock));
        shared.tasks.close();
        Self { shared }
    }

    /// Decides.
    ///
    /// # Errors
    /// [`Undecided`] while this replica doesn't hold the lock.
    pub fn decide(
        &self,
        subject: &Subject,
        requirement: &Requirement,
        now: Timestamp,
    ) -> Result<Decided, Undecided> {
        let access = self.shared.read();
        let outcome = decide(&access, subject, requirement, now, &mut Silent);
        let revision = access.revision();
        drop(access);
        self.shared.while_leased(Decided { outcome, revision })
    }

    /// Decides, and tells each question that was asked with its answer.
    ///
    /// # Errors
    /// [`Undecided`] while this replica doesn't hold the lock.
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
        drop(access);
        self.shared.while_leased((Decided { outcome, revision }, steps.0))
    }

    /// All that a member may do in the organization, by the role and the groups and below the operator's ceiling.
    pub fn rights(&self, organization: OrganizationId, principal: PrincipalId) -> Rights {
        self.shared.read().rights(organization, principal)
    }

    /// All that somebody would be able to do there as an active member with this role and these groups.
    pub fn rights_with(
        &self,
        organization: OrganizationId,
        role: Option<RoleRef>,
        groups: &[GroupId],
    ) -> Rights {
        self.shared.read().rights_with(organization, role, groups)
    }

    /// What a role gives in the organization; none where it has no such role.
    pub fn rights_of_role(&self, organization: OrganizationId, role: RoleRef) -> Option<Rights> {
        self.shared.read().rights_of_role(organization, role)
    }

    /// Everybody in the organization, in the order of their ids.
    ///
    /// # Errors
    /// [`Undecided`] while this replica doesn't hold the lock.
    pub fn members(&self, organization: OrganizationId) -> Result<Vec<PrincipalId>, Undecided> {
        let members = self.shared.read().members(organization);
        self.shared.while_leased(members)
    }

    /// Everybody in the organization who would be let through, in the order of their ids: the same decision as
    /// [`Engine::decide`], so that listing and checking can't disagree.
    ///
    /// # Errors
    /// [`Undecided`] while this replica doesn't hold the lock.
    pub fn members_with(
        &self,
        organization: OrganizationId,
        permission: Permission,
        now: Timestamp,
    ) -> Result<Vec<PrincipalId>, Undecided> {
        let requirement = Requirement::Need(Need::of(permission, organization));
        let access = self.shared.read();
        let mut members = access.members(organization);
        members.retain(|principal| {
            let subject = Subject::member(*principal, organization);
            decide(&access, &subject, &requirement, now, &mut Silent).is_ok()
        });
        drop(access);
        self.shared.while_leased(members)
    }

    /// Waits until what was committed with this revision holds here, which is everywhere: no decision is made on an
    /// older one afterwards. Call it after the commit and before the answer.
    pub async fn applied(&self, revision: Revision) {
        self.shared.wake.notify_one();
        // The sender lives as long as this handle, so the wait can't be cut short.
        self.shared
            .applied
            .subscribe()
            .wait_for(|applied| *applied >= revision)
            .await
            .ok();
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

    /// Whether it decides; who changes access asks first, since the change would have to be waited for.
    ///
    /// # Errors
    /// [`Undecided`] while this replica doesn't hold the lock.
    pub fn decides(&self) -> Result<(), Undecided> {
        self.shared.while_leased(())
    }

    /// What moves from here on, and the revision to go on from.
    ///
    /// # Errors
    /// [`Undecided`] while this replica doesn't hold the lock.
    pub fn watch(&self) -> Result<(Revision, broadcast::Receiver<News>), Undecided> {
        let news = self.shared.news.subscribe();
        let revision = self.shared.read().revision();
        self.shared.while_leased((revision, news))
    }

    /// Takes down that something was denied, for the audit trail.
    pub fn denied(&self, subject: &Subject, requirement: &Requirement, denial: &Denial, now: Timestamp) {
        let target = match requirement {
            Requirement::Oneself { .. } => None,
            // An id that names nothing has no trail to stand in.
            Requirement::Need(need) => {
                Some(need.organization).filter(|target| self.shared.read().knows(*target))
            }
        };
        self.shared
            .denials
            .record(Denied::new(subject, requirement, target, denial, now));
    }

    /// Ends the follower and frees the replica lock. Nothing is decided afterwards.
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

    /// Asked after the work: a process that was stopped in between must not answer from what it knew before.
    fn while_leased<T>(&self, answer: T) -> Result<T, Undecided> {
        if self.lease.holds() {
            Ok(answer)
        } else {
            Err(Undecided)
        }
    }
}
