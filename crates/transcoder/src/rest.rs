//! HTTP and JSON in front of gRPC methods.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use futures::future::BoxFuture;
use http::header::ALLOW;
use http::uri::PathAndQuery;
use http::{HeaderName, Request, Response, request};
use prost_reflect::DynamicMessage;
use tokio::time::{Instant, timeout};
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::{Code, Extensions, Status};
use tower::Service;

use crate::binding::{self, Binding, BuildError};
use crate::body;
use crate::codec::DynamicCodec;
use crate::exposed::{Exposed, Upstream, grpc_path};
use crate::metadata;
use crate::path::RequestPath;
use crate::problem::{Localize, Occurrence, ProblemStyle};
use crate::reason::Reason;
use crate::refusal::Refusal;
use crate::request::assemble;
use crate::response;
use crate::routes::{Found, Routes};
use crate::status::is_timeout;

/// What a caller of this crate can set.
#[derive(Debug, Clone)]
pub struct RestOptions {
    /// A problem's `type` is this and the reason in lower case, such as `https://example.org/errors#`. Empty:
    /// `about:blank`.
    pub problem_type_base: String,
    /// The `domain` of this crate's own [`Reason`]s in problems. Empty: none.
    pub problem_domain: String,
    /// The words that problems have for a reason, in the language of the request. A `google.rpc.LocalizedMessage` that a
    /// service sends goes before them. None: problems have no others.
    pub localize: Option<Localize>,
    /// How long a request may take from its head to its answer; goes to the service as `grpc-timeout`.
    pub deadline: Duration,
    /// How long the body of a request may take to arrive.
    pub body_timeout: Duration,
    /// The largest body of a request, in bytes.
    pub max_request_bytes: usize,
    /// The largest response message, in bytes as protobuf.
    pub max_response_bytes: usize,
    /// Request headers that become metadata, beside `authorization`, `traceparent`, `tracestate`, `x-request-id` and
    /// `accept-language`.
    pub request_metadata: Vec<HeaderName>,
    /// Response metadata that come back as headers.
    pub response_metadata: Vec<HeaderName>,
}

impl Default for RestOptions {
    fn default() -> Self {
        Self {
            problem_type_base: String::new(),
            problem_domain: String::new(),
            localize: None,
            deadline: Duration::from_secs(30),
            body_timeout: Duration::from_secs(20),
            max_request_bytes: 1 << 20,
            max_response_bytes: 4 << 20,
            request_metadata: Vec::new(),
            response_metadata: Vec::new(),
        }
    }
}

impl RestOptions {
    fn style(&self) -> ProblemStyle {
        ProblemStyle {
            type_base: self.problem_type_base.clone(),
            domain: self.problem_domain.clone(),
            localize: self.localize,
        }
    }
}

/// A tower service, to mount as an axum fallback, that answers REST requests by unary gRPC calls.
#[derive(Clone)]
pub struct Rest {
    inner: Arc<Inner>,
}

struct Inner {
    routes: Routes<Route>,
    style: ProblemStyle,
    options: RestOptions,
}

struct Route {
    binding: Binding,
    matched: MatchedTemplate,
    path: PathAndQuery,
    upstream: Upstream,
}

/// Which path template a request matched, in the extensions of its response, so that telemetry can name the route and
/// not the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedTemplate(pub Arc<str>);

enum Failure {
    Refused(Refusal),
    Service(Status),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rest")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

impl Rest {
    /// Builds the table of routes.
    ///
    /// # Errors
    /// A rule that doesn't fit its method, or two that answer the same requests.
    pub fn new(exposed: &Exposed, options: RestOptions) -> Result<Self, BuildError> {
        let mut routes = Routes::new();
        for (method, upstream) in exposed.iter() {
            for binding in binding::of(method)? {
                add(&mut routes, binding, upstream)?;
            }
        }
        Ok(Self {
            inner: Arc::new(Inner {
                routes,
                style: options.style(),
                options,
            }),
        })
    }

    /// The problem document for a request that something before this service refused.
    pub fn problem(&self, status: &Status, request: &request::Parts) -> Response<Body> {
        self.inner.style.failed(status, &Occurrence::of(request))
    }

    /// The problem document for a request that a neighbour of this service refuses for one of its reasons.
    pub fn refusal(&self, reason: Reason, detail: &str, request: &request::Parts) -> Response<Body> {
        self.inner
            .style
            .refused(&Refusal::new(reason, detail), &Occurrence::of(request))
    }
}

/// The problem document for a status, where the request isn't at hand.
pub fn problem(status: &Status, options: &RestOptions) -> Response<Body> {
    options.style().failed(status, &Occurrence::unknown())
}

fn add(routes: &mut Routes<Route>, binding: Binding, upstream: &Upstream) -> Result<(), BuildError> {
    let method = binding.method.full_name().to_owned();
    let path = grpc_path(&binding.method).parse().map_err(|_| BuildError::Rule {
        method: method.clone(),
        problem: "is on a method whose name is no path".to_owned(),
    })?;
    let (http_method, template, text) = (
        binding.http_method.clone(),
        binding.template.clone(),
        binding.text.clone(),
    );
    let route = Route {
        binding,
        matched: MatchedTemplate(text.as_str().into()),
        path,
        upstream: upstream.clone(),
    };
    routes
        .insert(&http_method, &template, route)
        .map_err(|other| BuildError::Ambiguous {
            method,
            other: other.binding.method.full_name().to_owned(),
            http_method: http_method.clone(),
            template: text,
        })
}

impl Service<Request<Body>> for Rest {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { Ok(inner.respond(request).await) })
    }
}

impl Inner {
    async fn respond(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let path = match RequestPath::parse(parts.uri.path()) {
            Ok(path) => path,
            Err(refusal) => return self.failed(refusal.into(), &parts),
        };
        let (route, segments) = match self.routes.find(parts.method.as_str(), &path) {
            Found::Route(route, segments) => (route, segments),
            Found::OtherMethods(methods) => return self.failed(method_not_allowed(methods).into(), &parts),
            Found::Nothing => return self.failed(unknown_route().into(), &parts),
        };
        let answered = self.answer(route, segments, &parts, body).await;
        let mut response = answered.unwrap_or_else(|failure| self.failed(failure, &parts));
        response.extensions_mut().insert(route.matched.clone());
        response
    }

    fn failed(&self, failure: Failure, parts: &request::Parts) -> Response<Body> {
        match failure {
            Failure::Refused(refusal) => self.style.refused(&refusal, &Occurrence::of(parts)),
            Failure::Service(status) => {
                let mut response = self.style.failed(&status, &Occurrence::of(parts));
                let returned = metadata::of_response(status.metadata(), &self.options.response_metadata);
                response.headers_mut().extend(returned);
                response
            }
        }
    }

    async fn answer(
        &self,
        route: &Route,
        segments: &[String],
        parts: &request::Parts,
        body: Body,
    ) -> Result<Response<Body>, Failure> {
        let started = Instant::now();
        let metadata = metadata::of_request(&parts.headers, &self.options.request_metadata)?;
        let body = body::read(&parts.headers, body, self.options.max_request_bytes);
        let body = timeout(self.options.body_timeout.min(self.options.deadline), body)
            .await
            .map_err(|_| request_timeout())??;
        let message = assemble(&route.binding, segments, parts.uri.query(), &body)?;
        let left = self.options.deadline.saturating_sub(started.elapsed());
        let reply = self.call(route, message, metadata, left).await?;
        let (returned, message, _) = reply.into_parts();
        let mut response = response::of(&message, route.binding.response_body.as_ref()).map_err(|error| {
            tracing::error!(method = route.binding.method.full_name(), %error, "a response has no JSON form");
            Failure::Service(Status::internal("the response has no JSON form; report it"))
        })?;
        response
            .headers_mut()
            .extend(metadata::of_response(&returned, &self.options.response_metadata));
        Ok(response)
    }

    async fn call(
        &self,
        route: &Route,
        message: DynamicMessage,
        metadata: MetadataMap,
        left: Duration,
    ) -> Result<tonic::Response<DynamicMessage>, Failure> {
        let mut request = tonic::Request::from_parts(metadata, Extensions::default(), message);
        request.set_timeout(left);
        let codec = DynamicCodec::new(route.binding.method.output());
        let mut client =
            Grpc::new(route.upstream.clone()).max_decoding_message_size(self.options.max_response_bytes);
        let started = Instant::now();
        let called = timeout(left, async {
            client.ready().await?;
            client.unary(request, route.path.clone(), codec).await
        });
        match called.await {
            Ok(Ok(reply)) => Ok(reply),
            // A server that ends a call at its deadline may say CANCELLED; its caller still waits, so it was the deadline.
            Ok(Err(status)) if status.code() == Code::Cancelled && started.elapsed() >= left => {
                Err(Refusal::deadline_exceeded().into())
            }
            Ok(Err(status)) => Err(classify(status, route)),
            Err(_) => Err(Refusal::deadline_exceeded().into()),
        }
    }
}

/// A status that a service sent goes to the client. One that stands for a broken transport tells of addresses and
/// sockets, so it stays here.
fn classify(status: Status, route: &Route) -> Failure {
    let Some(source) = status.source() else {
        return Failure::Service(status);
    };
    let method = route.binding.method.full_name();
    tracing::warn!(method, error = %status, source, "a call got no answer");
    if is_timeout(source) {
        return Refusal::deadline_exceeded().into();
    }
    Refusal::unavailable().into()
}

fn method_not_allowed(methods: impl IntoIterator<Item = impl AsRef<str>>) -> Refusal {
    let methods: Vec<_> = methods
        .into_iter()
        .map(|method| method.as_ref().to_owned())
        .collect();
    let methods = methods.join(", ");
    let detail = format!("this path doesn't answer this method; use {methods}");
    Refusal::new(Reason::MethodNotAllowed, detail).accepting(ALLOW, methods)
}

fn unknown_route() -> Refusal {
    Refusal::new(
        Reason::UnknownRoute,
        "nothing answers this path; look it up in the API's description",
    )
}

fn request_timeout() -> Refusal {
    Refusal::new(
        Reason::RequestTimeout,
        "the body didn't arrive in time; send it faster or send less",
    )
}
