//! Counts as gauges take them.

/// The count; past 2³² it stays there.
pub(crate) fn value(count: i64) -> f64 {
    f64::from(u32::try_from(count.max(0)).unwrap_or(u32::MAX))
}
