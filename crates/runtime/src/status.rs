//! What a caller is told when a call fails: `google.rpc.Status` with `ErrorInfo`, `BadRequest` and `RetryInfo`.

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of every reason, in `ErrorInfo.domain`.
pub const DOMAIN: &str = "entente";

/// The key of `ErrorInfo.metadata` under which stands what the caller can do.
pub const MEND: &str = "mend";

/// How long a caller should wait before it tries again what was refused for want of capacity or of a dependency.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A failure as the caller sees it. Services make it from their own error enum by one exhaustive match.
#[derive(Debug, Clone)]
pub struct Failure {
    code: Code,
    reason: &'static str,
    message: String,
    metadata: HashMap<String, String>,
    violations: Vec<(String, String)>,
    retry_after: Option<Duration>,
}

impl Failure {
    /// A failure with its gRPC code, its reason (`UPPER_SNAKE`, a section in docs/errors.md), and a message for
    /// people: lower case, no full stop, ending in what the reader can do.
    pub fn new(code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            metadata: HashMap::new(),
            violations: Vec::new(),
            retry_after: None,
        }
    }

    /// As [`Failure::new`], for a message that says behind its last colon what the reader can do.
    pub fn mendable(code: Code, reason: &'static str, message: &str) -> Self {
        let mend = message.rsplit_once(": ").map_or(message, |(_, mend)| mend);
        Self::new(code, reason, message).mend(mend)
    }

    /// A field of the request (a dotted path) that is wrong: `INVALID_FIELD`. The description says how and, behind its
    /// last colon, how to mend it.
    pub fn field(field: &str, description: &str) -> Self {
        let message = format!("{field}: {description}");
        Self::mendable(Code::InvalidArgument, "INVALID_FIELD", &message).violation(field, description)
    }

    /// Adds a fact that a program can read.
    #[must_use]
    pub fn metadata(mut self, key: &str, value: impl Into<String>) -> Self {
        self.metadata.insert(key.to_owned(), value.into());
        self
    }

    /// Adds what cures it: a method, a setting, a person to ask.
    #[must_use]
    pub fn mend(self, mend: impl Into<String>) -> Self {
        self.metadata(MEND, mend)
    }

    /// Names a field of the request (a dotted path) and what is wrong with it.
    #[must_use]
    pub fn violation(mut self, field: impl Into<String>, description: impl Into<String>) -> Self {
        self.violations.push((field.into(), description.into()));
        self
    }

    /// Says that the same call may succeed after this time.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The reason, for logs and metrics.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The gRPC code.
    pub fn code(&self) -> Code {
        self.code
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let mut details = ErrorDetails::new();
        details.set_error_info(failure.reason, DOMAIN, failure.metadata);
        for (field, description) in failure.violations {
            details.add_bad_request_violation(field, description);
        }
        if failure.retry_after.is_some() {
            details.set_retry_info(failure.retry_after);
        }
        Self::with_error_details(failure.code, failure.message, details)
    }
}

/// Why a layer, and not a service, refuses or fails a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The deadline passed before the answer was there.
    Timeout,
    /// More calls are in flight than the server takes.
    Overloaded,
    /// The request can't be read as gRPC, or its message not by the contract.
    Malformed,
    /// The request's message is larger than the server takes.
    TooLarge,
    /// Something that the call needs can't be reached.
    Unavailable,
    /// The server is going away; another one takes the call.
    Draining,
    /// A fault of ours. Its detail is in the log only.
    Internal,
}

impl Layer {
    /// The failure that the caller sees.
    pub fn failure(self) -> Failure {
        match self {
            Self::Timeout => Failure::new(
                Code::DeadlineExceeded,
                "TIMEOUT",
                "the answer was not ready in time: try again, or allow more time",
            ),
            Self::Overloaded => Failure::new(
                Code::ResourceExhausted,
                "OVERLOADED",
                "too many calls are in flight: try again after the delay",
            )
            .retry_after(RETRY_AFTER),
            Self::Malformed => Failure::new(
                Code::InvalidArgument,
                "MALFORMED_REQUEST",
                "the request can't be read: send one whole message, encoded by the contract and framed as gRPC asks",
            ),
            Self::TooLarge => Failure::new(
                Code::ResourceExhausted,
                "REQUEST_TOO_LARGE",
                "the message is larger than the server takes: send less at once",
            ),
            Self::Unavailable => Failure::new(
                Code::Unavailable,
                "UNAVAILABLE",
                "something that this needs can't be reached: try again after the delay",
            )
            .retry_after(RETRY_AFTER),
            Self::Draining => Failure::new(
                Code::Unavailable,
                "DRAINING",
                "this server is going away: call again to reach another",
            )
            .retry_after(Duration::ZERO),
            Self::Internal => Failure::new(
                Code::Internal,
                "INTERNAL",
                "an internal error: report it with the request id of this call",
            ),
        }
    }

    /// The failure as a status.
    pub fn status(self) -> Status {
        self.failure().into()
    }
}

/// Logs a fault of ours, once and in full, and gives the status that hides it.
pub fn internal(error: impl Into<anyhow::Error>) -> Status {
    let error = error.into();
    tracing::error!(error = format!("{error:#}"), "a call failed by a fault of ours");
    Layer::Internal.status()
}

/// Logs what could not be reached, and gives UNAVAILABLE with a hint to try again.
pub fn unavailable(error: impl Into<anyhow::Error>) -> Status {
    let error = error.into();
    tracing::warn!(
        error = format!("{error:#}"),
        "a call failed for want of something that it needs"
    );
    Layer::Unavailable.status()
}

/// The reason that a status carries, if it is one of ours.
pub fn reason(status: &Status) -> Option<String> {
    let info = status.get_details_error_info()?;
    (info.domain == DOMAIN).then_some(info.reason)
}

/// The name of a code as gRPC, its JSON and the semantic conventions spell it.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_carries_its_reason_mend_and_violations() {
        let status: Status = Failure::new(
            Code::InvalidArgument,
            "FIELDS",
            "the request is wrong: mend the fields",
        )
        .mend("set name")
        .violation("partner.name", "is empty")
        .into();

        let info = status.get_details_error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("FIELDS", "entente")
        );
        assert_eq!(info.metadata["mend"], "set name");
        let bad = status.get_details_bad_request().unwrap();
        assert_eq!(bad.field_violations[0].field, "partner.name");
        assert!(status.get_details_retry_info().is_none());
    }

    #[test]
    fn a_wrong_field_is_named_with_its_mend() {
        let status: Status = Failure::field("page_size", "is 201: give at most 200").into();

        assert_eq!(status.message(), "page_size: is 201: give at most 200");
        assert_eq!(reason(&status).as_deref(), Some("INVALID_FIELD"));
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.metadata[MEND], "give at most 200");
        let bad = status.get_details_bad_request().unwrap();
        assert_eq!(bad.field_violations[0].field, "page_size");
    }

    #[test]
    fn an_internal_error_hides_its_detail() {
        let status = internal(anyhow::anyhow!("password=hunter2"));

        assert_eq!(status.code(), Code::Internal);
        assert!(!format!("{status:?}").contains("hunter2"));
    }

    #[test]
    fn an_overloaded_server_says_when_to_come_back() {
        let status = Layer::Overloaded.status();

        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(
            status.get_details_retry_info().unwrap().retry_delay,
            Some(RETRY_AFTER)
        );
        assert_eq!(reason(&status).as_deref(), Some("OVERLOADED"));
    }
}
