//! The reasons that this crate itself refuses a request for.

use http::StatusCode;
use tonic::Code;

/// Why a request was refused before a service saw it, or got no answer from it. Stands in problem documents as
/// `reason`, in capitals, as the reasons of services do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The path, the query, a header or the body can't be read as this method needs it.
    MalformedRequest,
    /// No method answers this path.
    UnknownRoute,
    /// The path is known, but not with this HTTP method.
    MethodNotAllowed,
    /// The body is not `application/json` in UTF-8.
    UnsupportedMediaType,
    /// The body is larger than the limit.
    RequestTooLarge,
    /// The body didn't arrive in time.
    RequestTimeout,
    /// The service didn't answer in time.
    DeadlineExceeded,
    /// The service can't be reached.
    ServiceUnavailable,
}

impl Reason {
    /// All of them, for a document that explains each.
    pub const ALL: [Self; 8] = [
        Self::MalformedRequest,
        Self::UnknownRoute,
        Self::MethodNotAllowed,
        Self::UnsupportedMediaType,
        Self::RequestTooLarge,
        Self::RequestTimeout,
        Self::DeadlineExceeded,
        Self::ServiceUnavailable,
    ];

    /// The reason as it stands in a problem document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedRequest => "MALFORMED_REQUEST",
            Self::UnknownRoute => "UNKNOWN_ROUTE",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::RequestTooLarge => "REQUEST_TOO_LARGE",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
        }
    }

    pub(crate) const fn http_status(self) -> StatusCode {
        match self {
            Self::MalformedRequest => StatusCode::BAD_REQUEST,
            Self::UnknownRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
            Self::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(crate) const fn grpc_code(self) -> Code {
        match self {
            Self::MalformedRequest | Self::UnsupportedMediaType => Code::InvalidArgument,
            Self::UnknownRoute => Code::NotFound,
            Self::MethodNotAllowed => Code::Unimplemented,
            Self::RequestTooLarge => Code::ResourceExhausted,
            Self::RequestTimeout | Self::DeadlineExceeded => Code::DeadlineExceeded,
            Self::ServiceUnavailable => Code::Unavailable,
        }
    }
}
