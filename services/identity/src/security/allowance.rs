//! How often something may be asked for: a few times at once, and then as often as it comes back.

use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

/// Bounds the memory that asking can take; who asked longest ago goes first.
const ENTRIES: u64 = 100_000;

/// An allowance for each of many.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// When the whole allowance of each is there again, on the monotonic clock.
    full_at: Cache<String, Duration>,
    at_once: u32,
    every: Duration,
}

impl Allowance {
    /// Each may `at_once` so many times, and gets one back with each interval.
    pub fn new(at_once: u32, every: Duration) -> Self {
        let full_at = Cache::builder()
            .max_capacity(ENTRIES)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_idle(every.saturating_mul(at_once))
            .build();
        Self {
            full_at,
            at_once,
            every,
        }
    }

    /// How long this one has to wait until they may, if at all. Times are of the monotonic clock.
    pub fn delay(&self, who: &str, now: Duration) -> Option<Duration> {
        let full_at = self.full_at.get(who)?;
        let last = self.every.saturating_mul(self.at_once.saturating_sub(1));
        let delay = full_at.saturating_sub(now).saturating_sub(last);
        (!delay.is_zero()).then_some(delay)
    }

    /// Takes one.
    pub fn take(&self, who: &str, now: Duration) {
        self.full_at.entry_by_ref(who).and_upsert_with(|before| {
            let full_at = before.map_or(now, |entry| entry.into_value().max(now));
            full_at.saturating_add(self.every)
        });
    }

    /// Gives one back.
    pub fn give_back(&self, who: &str) {
        self.full_at.entry_by_ref(who).and_upsert_with(|before| {
            let full_at = before.map_or(Duration::ZERO, moka::Entry::into_value);
            full_at.saturating_sub(self.every)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn used_up() -> Allowance {
        let allowance = Allowance::new(3, MINUTE);
        for _ in 0..3 {
            assert_eq!(allowance.delay("eva", Duration::ZERO), None);
            allowance.take("eva", Duration::ZERO);
        }
        allowance
    }

    #[test]
    fn what_is_used_up_comes_back_one_by_one() {
        let allowance = used_up();
        assert_eq!(allowance.delay("eva", Duration::ZERO), Some(MINUTE));
        assert_eq!(allowance.delay("eva", MINUTE), None);
        allowance.take("eva", MINUTE);
        assert_eq!(allowance.delay("eva", MINUTE), Some(MINUTE));
    }

    #[test]
    fn each_has_an_allowance_of_their_own() {
        assert_eq!(used_up().delay("noah", Duration::ZERO), None);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let allowance = used_up();
        allowance.give_back("eva");
        assert_eq!(allowance.delay("eva", Duration::ZERO), None);
    }

    #[test]
    fn more_than_there_is_takes_longer_to_come_back() {
        let allowance = used_up();
        allowance.take("eva", Duration::ZERO);
        assert_eq!(allowance.delay("eva", Duration::ZERO), Some(2 * MINUTE));
    }
}
