//! Waits for a revision: here, or wherever decisions are made.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::lease::PERIOD;
use super::roll::Waiter;
use super::{Engine, Undecided};
use crate::domain::decision::Revision;
use crate::store::replica::{self, Behind};

/// How long a caller is kept waiting for a revision that this replica doesn't have yet.
const PATIENCE: Duration = Duration::from_secs(1);

impl Engine {
    /// Waits until what was committed with this revision holds wherever decisions are made: no decision of a call that
    /// starts afterwards is made on an older one. Call it after the commit and before the answer, and again before an
    /// answer is repeated. Takes no longer than a period, whatever has become of the other replicas or of the database.
    pub async fn applied(&self, revision: Revision) {
        let committed = Instant::now();
        let mut waiter = self.shared.roll.wait();
        self.shared.wake.notify_one();
        let Ok(look) = timeout_at(committed + PERIOD, waiter.next()).await else {
            return;
        };
        let (looked, listed) = (Instant::now(), look.behind(revision));
        if listed.iter().any(|replica| !self.is_here(replica)) {
            self.shared.bell.ring();
        }
        let confirmed = self.confirmed(revision, listed.clone(), &mut waiter);
        if timeout_at(committed + PERIOD, confirmed).await.is_err() {
            let engine = self.clone();
            tokio::spawn(async move { engine.forget(looked, &listed).await });
        }
    }

    /// Waits until nobody of these is behind.
    async fn confirmed(&self, revision: Revision, mut behind: Vec<Behind>, waiter: &mut Waiter<'_>) {
        loop {
            // What is applied here needs no word by way of the database.
            let knows = self.knows(revision);
            behind.retain(|replica| !(knows && self.is_here(replica)));
            if behind.is_empty() {
                return;
            }
            tokio::select! {
                look = waiter.next() => {
                    let still = look.behind(revision);
                    behind.retain(|one| still.iter().any(|other| other.id == one.id));
                }
                () = self.known(revision), if !knows => {}
            }
        }
    }

    fn is_here(&self, replica: &Behind) -> bool {
        self.shared.progress.borrow().row == Some(replica.id)
    }

    /// Waits until the revision is known here. For what gives rights: the other replicas hear of it by themselves, and
    /// who was told the revision can ask them for it.
    pub async fn applied_here(&self, revision: Revision) {
        self.shared.wake.notify_one();
        timeout(PERIOD, self.known(revision)).await.ok();
    }

    /// Waits until decisions are made on this revision at least. One that the database doesn't have is not waited for.
    ///
    /// # Errors
    /// [`Undecided`] when it doesn't come in time.
    pub async fn reach(&self, revision: Revision) -> Result<(), Undecided> {
        if self.knows(revision) {
            return Ok(());
        }
        let mut progress = self.shared.progress.subscribe();
        let begun = progress.borrow().begun;
        self.shared.wake.notify_one();
        let reached = progress.wait_for(|progress| progress.applied >= revision || progress.ended > begun);
        match timeout(PATIENCE, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Undecided),
        }
    }

    fn knows(&self, revision: Revision) -> bool {
        self.shared.progress.borrow().applied >= revision
    }

    async fn known(&self, revision: Revision) {
        let mut progress = self.shared.progress.subscribe();
        // The sender lives as long as this handle, so the wait can't be cut short.
        progress
            .wait_for(|progress| progress.applied >= revision)
            .await
            .ok();
    }

    /// Replicas that haven't renewed their rows a whole period after the look are gone, or will have to register anew:
    /// nobody has to wait for them again.
    async fn forget(&self, looked: Instant, listed: &[Behind]) {
        sleep_until(looked + PERIOD).await;
        let pool = self.shared.database.worker_pool();
        // In vain where the database is away: the next one does it.
        if let Ok(forgotten @ 1..) = replica::forget(pool, listed).await {
            tracing::warn!(forgotten, "replicas didn't renew their lease: they are forgotten");
        }
    }
}
