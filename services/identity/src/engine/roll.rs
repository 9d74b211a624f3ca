//! Which replicas have yet to confirm a revision: one look at their rows for all who wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use entente_pg::Database;
use tokio::sync::{Notify, watch};

use crate::domain::decision::Revision;
use crate::store::replica::{self, Behind};

/// How long a look is looked at before the next one, while anybody waits.
const PAUSE: Duration = Duration::from_millis(2);
/// The same while the database fails.
const RETRY: Duration = Duration::from_millis(50);

/// One look at the rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Look {
    begun: u64,
    rows: Arc<[(Behind, Revision)]>,
}

impl Look {
    /// Those that haven't confirmed the revision.
    pub(super) fn behind(&self, revision: Revision) -> Vec<Behind> {
        let behind = self.rows.iter().filter(|(_, confirmed)| *confirmed < revision);
        behind.map(|(replica, _)| *replica).collect()
    }
}

pub(super) struct Roll {
    begun: watch::Sender<u64>,
    look: watch::Sender<Look>,
    waiting: AtomicUsize,
    wanted: Notify,
}

/// Somebody who waits, and hears of every look that is begun from now on.
pub(super) struct Waiter<'a> {
    roll: &'a Roll,
    looks: watch::Receiver<Look>,
    after: u64,
}

impl Roll {
    pub(super) fn new() -> Self {
        Self {
            begun: watch::Sender::new(0),
            look: watch::Sender::new(Look::default()),
            waiting: AtomicUsize::new(0),
            wanted: Notify::new(),
        }
    }

    pub(super) fn wait(&self) -> Waiter<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let waiter = Waiter {
            roll: self,
            looks: self.look.subscribe(),
            after: *self.begun.borrow(),
        };
        self.wanted.notify_one();
        waiter
    }

    /// Looks as long as anybody waits.
    pub(super) async fn call(&self, database: &Database) {
        loop {
            if self.waiting.load(Ordering::Relaxed) == 0 {
                self.wanted.notified().await;
                continue;
            }
            let mut begun = 0;
            self.begun.send_modify(|number| {
                *number = number.saturating_add(1);
                begun = *number;
            });
            match replica::list(database.worker_pool()).await {
                Ok(rows) => {
                    let rows = rows.into();
                    self.look.send_replace(Look { begun, rows });
                    tokio::time::sleep(PAUSE).await;
                }
                // Who waits does so for a full period then.
                Err(error) => {
                    tracing::debug!(%error, "the replicas can't be listed");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}

impl Waiter<'_> {
    /// The next look that was begun after the wait, or after the last one that this gave.
    pub(super) async fn next(&mut self) -> Look {
        let after = self.after;
        let next = self.looks.wait_for(|look| look.begun > after).await;
        let Ok(look) = next.map(|look| look.clone()) else {
            // Nobody looks any more.
            return std::future::pending().await;
        };
        self.after = look.begun;
        look
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.roll.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
