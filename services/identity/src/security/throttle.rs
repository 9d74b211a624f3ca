//! Slows down who guesses passwords, without locking out who knows it: failures count per address and account.

use std::time::Duration;

use moka::sync::Cache;

/// Failures in a row that cost nothing.
const FREE: u32 = 10;
const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(15 * 60);
/// Bounds the memory that guessing can take; the coldest entries go first.
const ENTRIES: u64 = 100_000;

/// Who tries to sign in as whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// The account.
    pub email: String,
    /// Where the call comes from, as far as it is known.
    pub client: Option<String>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    in_a_row: u32,
    /// On the monotonic clock.
    blocked_until: Duration,
}

/// Counts failures.
#[derive(Debug, Clone)]
pub struct Throttle {
    failures: Cache<Attempt, Failures>,
}

impl Throttle {
    /// Nobody has failed yet.
    pub fn new() -> Self {
        let failures = Cache::builder()
            .max_capacity(ENTRIES)
            .time_to_idle(LONGEST_DELAY * 4)
            .build();
        Self { failures }
    }

    /// How long this one has to wait before the next attempt, if at all. Times are of the monotonic clock.
    pub fn delay(&self, attempt: &Attempt, now: Duration) -> Option<Duration> {
        let left = self.failures.get(attempt)?.blocked_until.saturating_sub(now);
        (!left.is_zero()).then_some(left)
    }

    /// Counts a failure.
    pub fn failed(&self, attempt: Attempt, now: Duration) {
        self.failures.entry(attempt).and_upsert_with(|before| {
            let in_a_row = before
                .map_or(0, |entry| entry.into_value().in_a_row)
                .saturating_add(1);
            Failures {
                in_a_row,
                blocked_until: now.saturating_add(delay_after(in_a_row)),
            }
        });
    }

    /// Forgets the failures.
    pub fn succeeded(&self, attempt: &Attempt) {
        self.failures.invalidate(attempt);
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

/// Doubles from the tenth failure on, up to a quarter of an hour.
fn delay_after(in_a_row: u32) -> Duration {
    let Some(doublings) = in_a_row.checked_sub(FREE) else {
        return Duration::ZERO;
    };
    FIRST_DELAY
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(client: &str) -> Attempt {
        Attempt {
            email: "eva@alpina.example".to_owned(),
            client: Some(client.to_owned()),
        }
    }

    fn fail(throttle: &Throttle, times: u32) {
        for _ in 0..times {
            throttle.failed(attempt("192.0.2.1"), Duration::ZERO);
        }
    }

    #[test]
    fn nine_failures_cost_nothing() {
        let throttle = Throttle::new();
        fail(&throttle, 9);
        assert_eq!(throttle.delay(&attempt("192.0.2.1"), Duration::ZERO), None);
    }

    #[test]
    fn from_the_tenth_failure_on_the_delay_doubles() {
        let throttle = Throttle::new();
        fail(&throttle, 10);
        assert_eq!(
            throttle.delay(&attempt("192.0.2.1"), Duration::ZERO),
            Some(FIRST_DELAY)
        );
        fail(&throttle, 2);
        assert_eq!(
            throttle.delay(&attempt("192.0.2.1"), Duration::ZERO),
            Some(FIRST_DELAY * 4)
        );
        fail(&throttle, 60);
        assert_eq!(
            throttle.delay(&attempt("192.0.2.1"), Duration::ZERO),
            Some(LONGEST_DELAY)
        );
    }

    #[test]
    fn a_delay_passes() {
        let throttle = Throttle::new();
        fail(&throttle, 10);
        assert_eq!(throttle.delay(&attempt("192.0.2.1"), FIRST_DELAY), None);
    }

    #[test]
    fn who_guesses_elsewhere_locks_nobody_out() {
        let throttle = Throttle::new();
        fail(&throttle, 30);
        assert_eq!(throttle.delay(&attempt("192.0.2.2"), Duration::ZERO), None);
    }

    #[test]
    fn success_forgets_the_failures() {
        let throttle = Throttle::new();
        fail(&throttle, 12);
        throttle.succeeded(&attempt("192.0.2.1"));
        assert_eq!(throttle.delay(&attempt("192.0.2.1"), Duration::ZERO), None);
    }
}
