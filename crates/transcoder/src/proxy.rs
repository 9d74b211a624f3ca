//! gRPC calls, passed through undecoded.

use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tower::{Service, ServiceExt};

use crate::exposed::{Exposed, Upstream};
use crate::status::is_timeout;

/// Headers that are for one connection only.
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    HOST,
    PROXY_AUTHORIZATION,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// A tower service that forwards gRPC requests to the upstreams of their services, unary and streaming alike.
#[derive(Clone)]
pub struct GrpcProxy {
    upstreams: Arc<HashMap<String, Upstream>>,
}

impl std::fmt::Debug for GrpcProxy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("GrpcProxy")
            .field("methods", &self.upstreams.len())
            .finish()
    }
}

/// Whether a request is a gRPC call: `application/grpc`, with or without `+proto` and the like, but not gRPC-Web.
pub fn is_grpc<B>(request: &Request<B>) -> bool {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let after = content_type.and_then(|value| value.strip_prefix("application/grpc"));
    after.is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ';']))
}

impl GrpcProxy {
    /// A proxy for the methods that are served; any other is UNIMPLEMENTED.
    pub fn new(exposed: &Exposed) -> Self {
        Self {
            upstreams: Arc::new(exposed.by_grpc_path()),
        }
    }
}

impl Service<Request<Body>> for GrpcProxy {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let upstream = self.upstreams.get(request.uri().path()).cloned();
        Box::pin(async move { Ok(forward(request, upstream).await.unwrap_or_else(Status::into_http)) })
    }
}

async fn forward(request: Request<Body>, upstream: Option<Upstream>) -> Result<Response<Body>, Status> {
    if request.version() != Version::HTTP_2 || request.method() != Method::POST {
        return Err(Status::unimplemented(
            "a gRPC call is a POST over HTTP/2; send it so",
        ));
    }
    let Some(upstream) = upstream else {
        return Err(Status::unimplemented(
            "there is no such method here; look it up in the API's description",
        ));
    };
    let (parts, body) = request.into_parts();
    let method = parts.uri.path().to_owned();
    let mut onward = Request::new(tonic::body::Body::new(body));
    *onward.method_mut() = Method::POST;
    *onward.version_mut() = Version::HTTP_2;
    *onward.uri_mut() = method
        .parse()
        .map_err(|_| Status::unimplemented("the path can't be read; mend it"))?;
    *onward.headers_mut() = end_to_end(parts.headers);
    // gRPC asks for this one on every hop.
    onward
        .headers_mut()
        .insert(TE, HeaderValue::from_static("trailers"));
    let response = upstream
        .oneshot(onward)
        .await
        .map_err(|status| unanswered(&method, status))?;
    let (mut parts, body) = response.into_parts();
    parts.headers = end_to_end(parts.headers);
    Ok(Response::from_parts(
        parts,
        Body::new(Trailed {
            body,
            method,
            ended: false,
        }),
    ))
}

/// Takes off what was meant for the last connection: the known headers, and those that `connection` names.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
    headers
}

/// A status that a layer of the upstream gave is passed on; a broken transport is told without its addresses.
fn unanswered(method: &str, status: Status) -> Status {
    let Some(source) = status.source() else {
        return status;
    };
    tracing::warn!(method, error = %status, source, "a call got no answer");
    if is_timeout(source) {
        return Status::deadline_exceeded(
            "the service didn't answer in time; look whether it was done, or try again",
        );
    }
    let hint = ErrorDetails::with_retry_info(Some(Duration::from_secs(1)));
    let message = "the service can't be reached now; try again shortly";
    Status::with_error_details(Code::Unavailable, message, hint)
}

/// A response's body that ends with a status even where its upstream breaks off: a client that only saw the stream
/// reset could not tell that from its own fault.
struct Trailed {
    body: tonic::body::Body,
    method: String,
    ended: bool,
}

impl HttpBody for Trailed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            Some(Err(error)) => {
                self.ended = true;
                let mut trailers = HeaderMap::new();
                unanswered(&self.method, error).add_header(&mut trailers)?;
                Poll::Ready(Some(Ok(Frame::trailers(trailers))))
            }
            frame => Poll::Ready(frame),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
