//! The one list of metric, attribute and span field names: OpenTelemetry semantic conventions where they have a
//! name, `entente.…` where they have none. Durations are in seconds.

pub use opentelemetry_semantic_conventions::attribute::{
    CLIENT_ADDRESS, DB_SYSTEM_NAME, EXCEPTION_MESSAGE, HTTP_REQUEST_METHOD, HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE, MESSAGING_CONSUMER_GROUP_NAME, MESSAGING_DESTINATION_NAME, MESSAGING_MESSAGE_ID,
    MESSAGING_OPERATION_NAME, MESSAGING_OPERATION_TYPE, MESSAGING_SYSTEM, RPC_METHOD, RPC_METHOD_ORIGINAL,
    RPC_RESPONSE_STATUS_CODE, RPC_SYSTEM_NAME, SERVER_ADDRESS, SERVER_PORT, SERVICE_NAME, SERVICE_VERSION,
    URL_PATH,
};
pub use opentelemetry_semantic_conventions::metric::{
    HTTP_SERVER_REQUEST_DURATION, RPC_CLIENT_CALL_DURATION, RPC_SERVER_CALL_DURATION,
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

/// How long a named transaction took, from its begin to its end.
pub const TRANSACTION_DURATION: &str = "entente.db.transaction.duration";
/// Events that stand in an outbox.
pub const OUTBOX_PENDING: &str = "entente.outbox.pending";
/// The age of the oldest event in an outbox.
pub const OUTBOX_AGE: &str = "entente.outbox.age";
/// Events that a consumer group has not applied yet, by topic.
pub const CONSUMER_LAG: &str = "entente.consumer.lag";
/// Events that a consumer group has parked, by topic.
pub const CONSUMER_PARKED: &str = "entente.consumer.parked";
/// How long the decision of one access check took.
pub const DECISION_DURATION: &str = "entente.access.decision.duration";

/// Tells the recorder the units, from which it derives the suffixes, and the help texts.
pub(super) fn describe() {
    use metrics::{Unit, describe_gauge, describe_histogram};

    describe_histogram!(
        RPC_SERVER_CALL_DURATION,
        Unit::Seconds,
        "duration of the calls served"
    );
    describe_histogram!(
        RPC_CLIENT_CALL_DURATION,
        Unit::Seconds,
        "duration of the calls made"
    );
    describe_histogram!(
        HTTP_SERVER_REQUEST_DURATION,
        Unit::Seconds,
        "duration of the requests served"
    );
    describe_histogram!(
        TRANSACTION_DURATION,
        Unit::Seconds,
        "duration of database transactions"
    );
    describe_histogram!(DECISION_DURATION, Unit::Seconds, "duration of access decisions");
    describe_gauge!(OUTBOX_AGE, Unit::Seconds, "age of the oldest event in the outbox");
    describe_gauge!(OUTBOX_PENDING, "events that stand in the outbox");
    describe_gauge!(CONSUMER_LAG, "events that the group has not applied yet");
    describe_gauge!(CONSUMER_PARKED, "events that the group has parked");
    describe_gauge!(RPC_SERVER_ACTIVE, "calls in flight");
    describe_gauge!(HTTP_SERVER_ACTIVE, "requests in flight");
}
