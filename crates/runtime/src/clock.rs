//! Time as an argument, so that a test can set it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Where time comes from.
pub trait Clock: Send + Sync {
    /// The time of day, in UTC.
    fn now(&self) -> Timestamp;

    /// Time since an arbitrary but fixed point. It never goes back: measure durations with it.
    fn monotonic(&self) -> Duration;
}

/// The clock as services hold it.
pub type SharedClock = Arc<dyn Clock>;

/// The clock of the operating system.
#[derive(Debug, Clone)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// The system's clock; its monotonic time starts at zero now.
    pub fn new() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    /// The same, ready to be handed to services.
    pub fn shared() -> SharedClock {
        Arc::new(Self::new())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system for the time"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }
}

/// A clock that stands still until it is told otherwise; for tests and for replaying the past.
pub struct ManualClock {
    time: Mutex<(Timestamp, Duration)>,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self {
            time: Mutex::new((now, Duration::ZERO)),
        }
    }

    /// Moves both the time of day and the monotonic time on, up to the last instant that can be represented.
    pub fn advance(&self, by: Duration) {
        let mut time = self.time.lock().unwrap_or_else(PoisonError::into_inner);
        time.0 = time.0.checked_add(by).unwrap_or(Timestamp::MAX);
        time.1 = time.1.saturating_add(by);
    }

    /// Sets the time of day, to any direction, as an operator may; the monotonic time stays.
    pub fn set(&self, now: Timestamp) {
        self.time.lock().unwrap_or_else(PoisonError::into_inner).0 = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.time.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn monotonic(&self) -> Duration {
        self.time.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advanced_clock_moves_both_its_times() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);

        clock.advance(Duration::from_secs(90));

        assert_eq!(clock.now().as_second(), 90);
        assert_eq!(clock.monotonic(), Duration::from_secs(90));
    }

    #[test]
    fn a_clock_set_back_keeps_its_monotonic_time() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        clock.advance(Duration::from_secs(90));

        clock.set(Timestamp::UNIX_EPOCH);

        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        assert_eq!(clock.monotonic(), Duration::from_secs(90));
    }
}
