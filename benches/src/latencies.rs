//! How long each of many calls took.

use std::time::Duration;

/// Sorted.
#[derive(Debug)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn new(mut taken: Vec<Duration>) -> Self {
        taken.sort_unstable();
        Self(taken)
    }

    /// What half of them didn't exceed.
    pub(crate) fn p50(&self) -> Duration {
        self.percentile(50)
    }

    /// What all but each hundredth didn't exceed.
    pub(crate) fn p99(&self) -> Duration {
        self.percentile(99)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// By the nearest rank.
    fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let latencies = Latencies::new((1..=200).rev().map(Duration::from_millis).collect());
        let found = (latencies.p50(), latencies.p99());
        assert_eq!(found, (Duration::from_millis(100), Duration::from_millis(198)));
    }

    #[test]
    fn one_call_is_all_percentiles() {
        let latencies = Latencies::new(vec![Duration::from_millis(7)]);
        assert_eq!(latencies.p99(), Duration::from_millis(7));
    }
}
