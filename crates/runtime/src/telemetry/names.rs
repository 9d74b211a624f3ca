//! The one list of metric, attribute and span field names: OpenTelemetry semantic conventions where they have a
//! name, `entente.…` where they have none. Durations are in seconds.

pub use opentelemetry_semantic_conventions::attribute::{
    CLIENT_ADDRESS, DB_NAMESPACE, DB_OPERATION_NAME, DB_SYSTEM_NAME, EXCEPTION_MESSAGE, HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE, HTTP_ROUTE, MESSAGING_CONSUMER_GROUP_NAME, MESSAGING_DESTINATION_NAME,
    MESSAGING_DESTINATION_PARTITION_ID, MESSAGING_MESSAGE_ID, MESSAGING_OPERATION_NAME,
    MESSAGING_OPERATION_TYPE, MESSAGING_SYSTEM, RPC_METHOD, RPC_METHOD_ORIGINAL, RPC_RESPONSE_STATUS_CODE,
    RPC_SYSTEM_NAME, SERVER_ADDRESS, SERVER_PORT, SERVICE_NAME, SERVICE_VERSION, URL_PATH,
};
pub use opentelemetry_semantic_conventions::metric::{
    DB_CLIENT_CONNECTION_COUNT, DB_CLIENT_CONNECTION_WAIT_TIME, HTTP_SERVER_REQUEST_DURATION,
    RPC_CLIENT_CALL_DURATION, RPC_SERVER_CALL_DURATION,
};

/// The service that a span belongs to, as one process may run all of them.
pub const SERVICE: &str = "entente.service";
/// The id of the request, as in `x-request-id`.
pub const REQUEST_ID: &str = "entente.request_id";
/// Calls that a server is working on, by method.
pub const RPC_SERVER_ACTIVE: &str = "rpc.server.active_requests";
/// Requests that the edge is working on.
pub const HTTP_SERVER_ACTIVE: &str = "http.server.active_requests";
/// The value that the conventions give to a method which the server doesn't know.
pub const OTHER: &str = "_OTHER";

/// How long a named transaction took, from its begin to its end, by `service`, `name` and `outcome`: commit, rollback,
/// error.
pub const TRANSACTION_DURATION: &str = "entente.db.transaction.duration";
/// How long the decision of one access check took, by `outcome`: allowed, denied, undecided.
pub const DECISION_DURATION: &str = "entente.access.decision.duration";
/// How long a consumer group took for one transaction, by `group`.
pub const CONSUMER_DURATION: &str = "entente.consumer.transaction.duration";
/// The age of the oldest event in an outbox, by `service`.
pub const OUTBOX_AGE: &str = "entente.outbox.age";
/// Events that stand in an outbox, counted up to the threshold of its alarm, by `service`.
pub const OUTBOX_PENDING: &str = "entente.outbox.pending";
/// Events of a partition that a consumer group has not got to, by `group`, `topic` and `partition`.
pub const CONSUMER_LAG: &str = "entente.consumer.lag";
/// Events that a consumer group has parked, by `group`.
pub const CONSUMER_PARKED: &str = "entente.consumer.parked";
/// Events that the log has acknowledged, by `service`.
pub const EVENTS_RELAYED: &str = "entente.events.relayed";
/// Deliveries to the log that failed and will be tried again, by `service`.
pub const EVENTS_RELAY_FAILURES: &str = "entente.events.relay_failures";
/// Events that a consumer group got, by `group` and `outcome`: applied, unused, seen, parked.
pub const EVENTS_CONSUMED: &str = "entente.events.consumed";
/// Denials that identity did not keep for the audit trail, as there were too many in one minute.
pub const DENIALS_DROPPED: &str = "entente.identity.denials.dropped";
/// Mails by `outcome`: sent, obsolete, refused, postponed, given_up.
pub const DELIVERIES: &str = "entente.notifications.deliveries";

/// What is measured in seconds.
const HISTOGRAMS: [(&str, &str); 7] = [
    (RPC_SERVER_CALL_DURATION, "duration of the calls served"),
    (RPC_CLIENT_CALL_DURATION, "duration of the calls made"),
    (HTTP_SERVER_REQUEST_DURATION, "duration of the requests served"),
    (TRANSACTION_DURATION, "duration of database transactions"),
    (
        DB_CLIENT_CONNECTION_WAIT_TIME,
        "how long transactions waited for their connection",
    ),
    (DECISION_DURATION, "duration of access decisions"),
    (CONSUMER_DURATION, "duration of the transactions of consumers"),
];

const GAUGES: [(&str, &str); 6] = [
    (OUTBOX_PENDING, "events that stand in the outbox"),
    (CONSUMER_LAG, "events that the group has not got to"),
    (CONSUMER_PARKED, "events that the group has parked"),
    (RPC_SERVER_ACTIVE, "calls in flight"),
    (HTTP_SERVER_ACTIVE, "requests in flight"),
    (DB_CLIENT_CONNECTION_COUNT, "connections to the database"),
];

const COUNTERS: [(&str, &str); 5] = [
    (EVENTS_RELAYED, "events that the log has acknowledged"),
    (EVENTS_RELAY_FAILURES, "deliveries to the log that failed"),
    (EVENTS_CONSUMED, "events that the group got"),
    (DENIALS_DROPPED, "denials that were not kept for the audit trail"),
    (DELIVERIES, "mails by what became of them"),
];

/// Tells the recorder the units, from which it derives the suffixes, and the help texts.
pub(super) fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

    for (name, help) in HISTOGRAMS {
        describe_histogram!(name, Unit::Seconds, help);
    }
    for (name, help) in GAUGES {
        describe_gauge!(name, help);
    }
    describe_gauge!(OUTBOX_AGE, Unit::Seconds, "age of the oldest event in the outbox");
    for (name, help) in COUNTERS {
        describe_counter!(name, help);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every name under which Prometheus gets something.
    fn exported() -> BTreeSet<String> {
        let recorder = crate::telemetry::recorder().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            describe();
            HISTOGRAMS
                .iter()
                .for_each(|(name, _)| metrics::histogram!(*name).record(0.1));
            GAUGES
                .iter()
                .for_each(|(name, _)| metrics::gauge!(*name).set(1.0));
            metrics::gauge!(OUTBOX_AGE).set(1.0);
            COUNTERS
                .iter()
                .for_each(|(name, _)| metrics::counter!(*name).increment(1));
        });
        let text = recorder.handle().render();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        samples
            .filter_map(|line| line.split([' ', '{']).next())
            .map(str::to_owned)
            .collect()
    }

    /// The metrics of ours that a text speaks of.
    fn named(text: &str) -> BTreeSet<&str> {
        text.split(|c: char| !c.is_ascii_lowercase() && c != '_')
            .filter(|word| word.starts_with("entente_") && !word.starts_with("entente_events="))
            .collect()
    }

    #[test]
    fn what_dashboards_and_alerts_ask_for_is_exported() {
        let exported = exported();
        let asked = [
            include_str!("../../../../deploy/grafana/entente.json"),
            include_str!("../../../../deploy/prometheus/alerts.yaml"),
        ];
        for name in asked.into_iter().flat_map(named) {
            assert!(exported.contains(name), "{name} is not among {exported:?}");
        }
    }

    #[test]
    fn what_is_exported_is_documented() {
        let documented = named(include_str!("../../../../docs/telemetry.md"));
        for name in exported().iter().filter(|name| name.starts_with("entente_")) {
            let plain = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|suffix| name.strip_suffix(suffix))
                .unwrap_or(name);
            assert!(documented.contains(plain), "{plain} is not among {documented:?}");
        }
    }

    #[test]
    fn every_duration_is_kept_in_buckets() {
        let exported = exported();
        let histograms: Vec<_> = exported
            .iter()
            .filter(|name| name.ends_with("_seconds_bucket"))
            .collect();
        assert_eq!(histograms.len(), HISTOGRAMS.len(), "{exported:?}");
    }
}
