//! For how long what this replica knows may be used.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// After this time without an answer of the database nothing is decided any more. It is shorter than the time after
/// which the database gives the lock to another replica ([`super::lock::IDLE`]).
pub(super) const LEASE: Duration = Duration::from_secs(5);

/// Taken by the system's time and not by the service's clock: the database at the other end has no other.
pub(super) struct Lease {
    origin: Instant,
    /// In milliseconds after the origin.
    until: AtomicU64,
}

impl Lease {
    pub(super) fn new() -> Self {
        Self {
            origin: Instant::now(),
            until: AtomicU64::new(0),
        }
    }

    /// Goes on from the moment at which the database was asked.
    pub(super) fn extend(&self, asked: Instant) {
        let until = asked.saturating_duration_since(self.origin).saturating_add(LEASE);
        self.until.store(milliseconds(until), Ordering::Release);
    }

    pub(super) fn end(&self) {
        self.until.store(0, Ordering::Release);
    }

    pub(super) fn holds(&self) -> bool {
        milliseconds(self.origin.elapsed()) < self.until.load(Ordering::Acquire)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_ends_by_itself_when_nobody_extends_it() {
        let lease = Lease {
            origin: Instant::now().checked_sub(LEASE * 3).unwrap(),
            until: AtomicU64::new(0),
        };
        assert!(!lease.holds());
        lease.extend(Instant::now());
        assert!(lease.holds());
        lease.extend(Instant::now().checked_sub(LEASE).unwrap());
        assert!(!lease.holds());
    }

    #[test]
    fn a_lease_that_was_ended_holds_no_more() {
        let lease = Lease::new();
        lease.extend(Instant::now());
        lease.end();
        assert!(!lease.holds());
    }
}
