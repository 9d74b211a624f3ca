//! REST and gRPC on one port.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::body::Body;
use futures::future::BoxFuture;
use http::{Request, Response};
use tower::Service;

use crate::proxy::{GrpcProxy, is_grpc};
use crate::rest::Rest;

/// A tower service, to mount as an axum fallback, that passes gRPC calls to the proxy and all else to REST.
#[derive(Debug, Clone)]
pub struct Front {
    rest: Rest,
    grpc: GrpcProxy,
}

impl Front {
    /// Puts the two behind one door.
    pub const fn new(rest: Rest, grpc: GrpcProxy) -> Self {
        Self { rest, grpc }
    }
}

impl Service<Request<Body>> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if is_grpc(&request) {
            return self.grpc.call(request);
        }
        self.rest.call(request)
    }
}
