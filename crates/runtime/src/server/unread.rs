//! A gRPC request that tonic itself could not read: its frames, its compression, or its message.

use http::{HeaderMap, Response};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::status::Layer;

/// How the texts begin by which tonic and prost say so. Nothing else tells them from a fault of ours: they have the same
/// code. Where a new release words one anew, the tests of the gateway's wire fail.
const UNREADABLE: [&str; 4] = [
    "failed to decode Protobuf message",
    "Missing request message",
    "Unexpected EOF decoding stream",
    "protocol error: received message with",
];
const TOO_LARGE: &str = "Error, decoded message length too large";

/// Names the reason in an answer with which tonic refuses what it can't read. It says INTERNAL, as gRPC asks, and of what
/// is too large OUT_OF_RANGE; but a fault of the sender must neither look like ours to it, nor count as ours.
pub(super) fn named(response: Response<Body>) -> Response<Body> {
    let Some(layer) = refusal(response.headers()) else {
        return response;
    };
    layer.status().into_http()
}

/// Nothing was answered yet, so the status stands in the headers, not in the trailers.
fn refusal(headers: &HeaderMap) -> Option<Layer> {
    let code = Code::from_bytes(headers.get(Status::GRPC_STATUS)?.as_bytes());
    if !matches!(code, Code::Internal | Code::OutOfRange) {
        return None;
    }
    let status = Status::from_header_map(headers)?;
    let message = status.message();
    if message.starts_with(TOO_LARGE) {
        return Some(Layer::TooLarge);
    }
    let unreadable = UNREADABLE.iter().any(|beginning| message.starts_with(beginning));
    if unreadable {
        tracing::debug!(message, "a request could not be read");
    }
    unreadable.then_some(Layer::Malformed)
}
