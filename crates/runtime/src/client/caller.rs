//! One outgoing call.

use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response, header};
use tonic::body::Body;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tower::{Service, ServiceExt};
use tracing::Instrument;

use super::Token;
use crate::body::{self, Ending};
use crate::call::{Call, Called};
use crate::context::{self, Context, access_revision_of, tell_access_revision};
use crate::deadline::{self, Deadline};
use crate::server::REQUEST_ID;
use crate::status::Layer;
use crate::telemetry;

pub(super) struct Target {
    pub host: String,
    pub port: u16,
    pub timeout: Option<Duration>,
    pub token: Option<Token>,
    pub called: Called,
}

#[derive(Clone)]
pub(super) struct Caller {
    channel: Channel,
    target: Arc<Target>,
}

impl Caller {
    pub(super) fn new(channel: Channel, target: Target) -> Self {
        Self {
            channel,
            target: Arc::new(target),
        }
    }

    async fn observed(self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let method = self.target.called.get(request.uri().path());
        let mut call = Call::made(method, &self.target.host, self.target.port);
        let span = call.span().clone();
        let result = self.limited(request).instrument(span).await;
        match result {
            Ok(response) => Ok(call.observe(response, None)),
            Err(status) => {
                call.end(Some(status.code()));
                Err(status)
            }
        }
    }

    async fn limited(self, request: Request<Body>) -> Result<Response<Body>, Status> {
        let context = context::current();
        let deadline = self.deadline(&request, context.as_ref());
        if deadline.is_some_and(Deadline::expired) {
            return Err(Layer::Timeout.status());
        }
        let response = tokio::select! {
            biased;
            response = self.send(request, context, deadline) => response?,
            status = body::timeout(deadline) => return Err(status),
        };
        if deadline.is_none() {
            return Ok(response);
        }
        Ok(response.map(|inner| Ending::wrap(inner, body::timeout(deadline))))
    }

    /// The earlier of the call's own limit and that of the request it is made for; else the default.
    fn deadline(&self, request: &Request<Body>, context: Option<&Context>) -> Option<Deadline> {
        let own = deadline::from_headers(request.headers()).map(Deadline::after);
        let around = context.and_then(Context::deadline);
        own.into_iter()
            .chain(around)
            .min()
            .or_else(|| self.target.timeout.map(Deadline::after))
    }

    async fn send(
        self,
        mut request: Request<Body>,
        context: Option<Context>,
        deadline: Option<Deadline>,
    ) -> Result<Response<Body>, Status> {
        if let Some(token) = &self.target.token
            && !request.headers().contains_key(header::AUTHORIZATION)
        {
            let token = token().await?;
            request.headers_mut().insert(header::AUTHORIZATION, token);
        }
        let headers = request.headers_mut();
        telemetry::inject(&tracing::Span::current(), headers);
        if let Some(id) = context.as_ref().and_then(Context::request_id_header) {
            headers.insert(REQUEST_ID, id.clone());
        }
        if let Some(deadline) = deadline {
            deadline::to_headers(deadline.remaining(), headers);
        }
        tell_access_revision(context.as_ref().and_then(Context::access_revision), headers);
        let response = self
            .channel
            .oneshot(request)
            .await
            .map_err(|error| failed(error, deadline))?;
        if let (Some(context), Some(revision)) = (context, access_revision_of(response.headers())) {
            context.saw_access_revision(revision);
        }
        Ok(response)
    }
}

impl Service<Request<Body>> for Caller {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    // Always: waiting for the connection belongs to the call, and so to its deadline.
    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().observed(request))
    }
}

/// What the transport reports, as a caller can use it. Its detail names hosts, so it goes to the log only.
fn failed(error: tonic::transport::Error, deadline: Option<Deadline>) -> Status {
    if deadline.is_some_and(Deadline::expired) {
        return Layer::Timeout.status();
    }
    let status = Status::from_error(Box::new(error));
    // The transport's own timer, which reads the same header, fired first.
    if status.code() == Code::Cancelled && deadline.is_some() {
        return Layer::Timeout.status();
    }
    if matches!(status.code(), Code::Cancelled | Code::ResourceExhausted) {
        return status;
    }
    tracing::debug!(error = ?status, "the service was not reached");
    Layer::Unavailable.status()
}
