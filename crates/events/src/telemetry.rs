//! The names of what this crate measures. Spans follow OpenTelemetry's conventions for messaging.

/// Gauge: events that wait in a service's outbox (counted up to the threshold of its alarm). Label: `service`.
pub const OUTBOX_DEPTH: &str = "entente_outbox_pending";
/// Gauge: age of the oldest event in a service's outbox, in seconds. Label: `service`.
pub const OUTBOX_AGE: &str = "entente_outbox_age_seconds";
/// Counter: events that the log has acknowledged. Label: `service`.
pub const RELAYED: &str = "entente_events_relayed_total";
/// Counter: deliveries that failed and will be tried again. Label: `service`.
pub const RELAY_FAILURES: &str = "entente_events_relay_failures_total";
/// Counter: events that a group got, by what became of them: applied, unused, seen, parked. Labels: `group`, `outcome`.
pub const CONSUMED: &str = "entente_events_consumed_total";
/// Gauge: events that are parked. Label: `group`.
pub const PARKED: &str = "entente_consumer_parked";
/// Gauge: events of a partition that a group hasn't got to. Labels: `group`, `topic`, `partition`.
pub const CONSUMER_LAG: &str = "entente_consumer_lag";
/// Histogram: time that a group took for one transaction, in seconds. Label: `group`.
pub const CONSUMER_DURATION: &str = "entente_consumer_transaction_duration_seconds";

/// A count as a gauge takes it; past 2³² it stays there.
pub(crate) fn gauge_value(count: i64) -> f64 {
    f64::from(u32::try_from(count.max(0)).unwrap_or(u32::MAX))
}
