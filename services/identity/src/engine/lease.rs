//! For how long what this replica knows may be used. The protocol is in docs/revocation.md.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// A lease counts from the sending of the renewal that it rests on.
pub(super) const LEASE: Duration = Duration::from_millis(500);
/// How often it is renewed when nothing else happens.
pub(super) const RENEWAL: Duration = Duration::from_millis(150);
/// After this time on anybody's clock a lease of before has ended on its holder's: Linux lets a clock be slewed by at
/// most a tenth, so two of them part by at most 1.1 / 0.9, which is less than a quarter.
pub(super) const PERIOD: Duration = Duration::from_millis(625);

/// A point of `CLOCK_BOOTTIME`, which goes on while the machine sleeps and can't be set. It isn't the service's clock:
/// nobody at the other end has that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    nanoseconds: u64,
}

impl Moment {
    pub(super) fn now() -> Self {
        let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::Boottime);
        let (seconds, nanoseconds) = (u64::try_from(tv_sec), u64::try_from(tv_nsec));
        Self {
            nanoseconds: seconds
                .unwrap_or_default()
                .saturating_mul(1_000_000_000)
                .saturating_add(nanoseconds.unwrap_or_default()),
        }
    }

    pub(super) fn elapsed(self) -> Duration {
        let passed = Self::now().nanoseconds.saturating_sub(self.nanoseconds);
        Duration::from_nanos(passed)
    }

    fn after(self, duration: Duration) -> u64 {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.saturating_add(nanoseconds)
    }
}

/// Whether a lease went on without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Continuity {
    Unbroken,
    /// There was a time without one.
    Broken,
}

#[derive(Default)]
pub(super) struct Lease {
    /// In nanoseconds of `CLOCK_BOOTTIME`.
    until: AtomicU64,
}

impl Lease {
    /// Goes on from the moment at which the renewal was sent.
    pub(super) fn extend(&self, sent: Moment) -> Continuity {
        let before = self.until.swap(sent.after(LEASE), Ordering::AcqRel);
        if Moment::now().nanoseconds < before {
            return Continuity::Unbroken;
        }
        Continuity::Broken
    }

    pub(super) fn end(&self) {
        self.until.store(0, Ordering::Release);
    }

    pub(super) fn holds(&self) -> bool {
        Moment::now().nanoseconds < self.until.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ago(duration: Duration) -> Moment {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap();
        Moment {
            nanoseconds: Moment::now().nanoseconds - nanoseconds,
        }
    }

    #[test]
    fn a_lease_counts_from_the_sending_of_its_renewal() {
        let lease = Lease::default();
        assert!(!lease.holds());
        lease.extend(ago(LEASE / 5));
        assert!(lease.holds());
        lease.extend(ago(LEASE));
        assert!(!lease.holds());
    }

    #[test]
    fn a_lease_that_was_ended_holds_no_more() {
        let lease = Lease::default();
        lease.extend(Moment::now());
        lease.end();
        assert!(!lease.holds());
    }

    #[test]
    fn a_gap_is_told() {
        let lease = Lease::default();
        assert_eq!(lease.extend(ago(LEASE)), Continuity::Broken);
        assert_eq!(lease.extend(Moment::now()), Continuity::Broken);
        assert_eq!(lease.extend(Moment::now()), Continuity::Unbroken);
    }

    #[test]
    fn a_period_outlives_a_lease_on_clocks_that_are_slewed_apart() {
        // In thousandths of the real time: the holder's clock is as slow as can be, the waiter's as fast.
        let (slow, fast) = (900, 1_100);
        assert!(PERIOD * 1_000 / fast > LEASE * 1_000 / slow);
    }
}
