//! How long to wait before a step that failed is tried again.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Waits that double from the first to the longest.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The wait after the first failure.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(50),
            longest: Duration::from_secs(5),
        }
    }
}

impl Backoff {
    pub(crate) fn start(self) -> Retry {
        Retry {
            next: self.first,
            backoff: self,
        }
    }
}

/// The waits of one step.
pub(crate) struct Retry {
    backoff: Backoff,
    next: Duration,
}

impl Retry {
    pub(crate) fn reset(&mut self) {
        self.next = self.backoff.first;
    }

    /// The next wait.
    pub(crate) fn step(&mut self) -> Duration {
        let wait = self.next;
        self.next = wait.saturating_mul(2).min(self.backoff.longest);
        wait
    }

    /// Waits, but no longer than until the cancellation.
    pub(crate) async fn wait(&mut self, cancel: &CancellationToken) {
        let wait = self.step();
        tokio::select! {
            () = cancel.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}
