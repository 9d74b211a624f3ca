//! One call as telemetry sees it, from its first byte to its last: a span, and the RED metrics.

mod body;
mod methods;

use std::sync::Arc;

use http::{HeaderMap, Response, StatusCode};
use opentelemetry::trace::TraceContextExt;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::context::Context;
use crate::status::code_name;
use crate::telemetry::names;

use body::Observed;
pub(crate) use methods::{Called, Method, Offered, Side};

/// A gateway puts it into the extensions of its answer, so that spans and metrics name the route and not the path.
#[derive(Debug, Clone)]
pub struct MatchedRoute(pub Arc<str>);

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Rpc(Code),
    Http(StatusCode),
}

enum Kind {
    Rpc(Arc<Method>),
    Http {
        method: &'static str,
        route: Option<Arc<str>>,
    },
}

/// Ends its span and counts when it is finished or, at the latest, when it is dropped.
pub(crate) struct Call {
    span: Span,
    kind: Kind,
    started: Instant,
    // What a drop means: the caller went away, or, for a body that nobody needs to read, what the head said.
    otherwise: Outcome,
    finished: bool,
}

impl Call {
    /// A call that is served. `original` is the path, which tells what `_OTHER` was.
    pub(crate) fn served(
        method: Arc<Method>,
        service: &'static str,
        request_id: &str,
        original: &str,
    ) -> Self {
        let span = tracing::info_span!(
            "rpc",
            otel.name = method.name,
            otel.kind = "server",
            otel.status_code = Empty,
            { names::SERVICE } = service,
            { names::REQUEST_ID } = request_id,
            { names::RPC_SYSTEM_NAME } = "grpc",
            { names::RPC_METHOD } = method.name,
            { names::RPC_METHOD_ORIGINAL } = Empty,
            { names::RPC_RESPONSE_STATUS_CODE } = Empty,
        );
        if method.name == names::OTHER {
            span.record(names::RPC_METHOD_ORIGINAL, original);
        }
        Self::start(span, Kind::Rpc(method), Outcome::Rpc(Code::Cancelled))
    }

    /// A call that is made.
    pub(crate) fn made(method: Arc<Method>, address: &str, port: u16) -> Self {
        let span = tracing::info_span!(
            "rpc",
            otel.name = method.name,
            otel.kind = "client",
            otel.status_code = Empty,
            { names::RPC_SYSTEM_NAME } = "grpc",
            { names::RPC_METHOD } = method.name,
            { names::RPC_RESPONSE_STATUS_CODE } = Empty,
            { names::SERVER_ADDRESS } = address,
            { names::SERVER_PORT } = i64::from(port),
        );
        Self::start(span, Kind::Rpc(method), Outcome::Rpc(Code::Cancelled))
    }

    /// A plain HTTP request that is served.
    pub(crate) fn requested(
        method: &http::Method,
        service: &'static str,
        request_id: &str,
        path: &str,
    ) -> Self {
        let method = known_method(method);
        let span = tracing::info_span!(
            "http",
            otel.name = method,
            otel.kind = "server",
            otel.status_code = Empty,
            { names::SERVICE } = service,
            { names::REQUEST_ID } = request_id,
            { names::HTTP_REQUEST_METHOD } = method,
            { names::URL_PATH } = path,
            { names::HTTP_ROUTE } = Empty,
            { names::HTTP_RESPONSE_STATUS_CODE } = Empty,
        );
        metrics::gauge!(names::HTTP_SERVER_ACTIVE).increment(1.0);
        Self::start(
            span,
            Kind::Http { method, route: None },
            Outcome::Http(CLIENT_CLOSED),
        )
    }

    fn start(span: Span, kind: Kind, otherwise: Outcome) -> Self {
        if let Kind::Rpc(method) = &kind {
            method.started();
        }
        Self {
            span,
            kind,
            started: Instant::now(),
            otherwise,
            finished: false,
        }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Follows the answer until its body ends. `context` is what a stream runs in.
    pub(crate) fn observe(mut self, response: Response<Body>, context: Option<Context>) -> Response<Body> {
        if let Kind::Http { method, route } = &mut self.kind {
            self.otherwise = Outcome::Http(response.status());
            if let Some(MatchedRoute(matched)) = response.extensions().get() {
                // A started span takes a new name through OpenTelemetry alone.
                self.span
                    .context()
                    .span()
                    .update_name(format!("{method} {matched}"));
                self.span.record(names::HTTP_ROUTE, matched.as_ref());
                *route = Some(Arc::clone(matched));
            }
        } else if let Some(code) = code(response.headers()) {
            // An answer without a body: the head is its end.
            self.end(Some(code));
            return response;
        }
        response.map(|body| Observed::wrap(body, self, context))
    }

    /// Ends the call with the code that was seen, where one was.
    pub(crate) fn end(&mut self, code: Option<Code>) {
        match self.kind {
            Kind::Rpc(_) => self.finish(Outcome::Rpc(code.unwrap_or(Code::Unknown))),
            Kind::Http { .. } => self.finish(self.otherwise),
        }
    }

    fn finish(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        let took = self.started.elapsed();
        let failed = match (&self.kind, outcome) {
            (Kind::Rpc(method), Outcome::Rpc(code)) => {
                self.span.record(names::RPC_RESPONSE_STATUS_CODE, code_name(code));
                method.finished(code, took);
                is_error(method.side, code)
            }
            (Kind::Http { method, route }, Outcome::Http(status)) => {
                self.span
                    .record(names::HTTP_RESPONSE_STATUS_CODE, i64::from(status.as_u16()));
                metrics::gauge!(names::HTTP_SERVER_ACTIVE).decrement(1.0);
                metrics::histogram!(
                    names::HTTP_SERVER_REQUEST_DURATION,
                    names::HTTP_REQUEST_METHOD => *method,
                    names::HTTP_ROUTE => route.as_deref().unwrap_or(names::OTHER).to_owned(),
                    names::HTTP_RESPONSE_STATUS_CODE => status.as_str().to_owned(),
                )
                .record(took);
                status.is_server_error()
            }
            (Kind::Rpc(_), Outcome::Http(_)) | (Kind::Http { .. }, Outcome::Rpc(_)) => false,
        };
        if failed {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.finish(self.otherwise);
    }
}

/// The code in headers (an answer without a body) or in trailers.
pub(crate) fn code(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|value| Code::from_bytes(value.as_bytes()))
}

/// The client closed the request before the answer was there: the status that proxies log for it.
const CLIENT_CLOSED: StatusCode = match StatusCode::from_u16(499) {
    Ok(status) => status,
    Err(_) => StatusCode::REQUEST_TIMEOUT,
};

/// Which codes are faults: for who calls, each but OK; for who serves, those that the caller didn't cause
/// (OpenTelemetry semantic conventions for gRPC).
fn is_error(side: Side, code: Code) -> bool {
    match side {
        Side::Client => code != Code::Ok,
        Side::Server => matches!(
            code,
            Code::Unknown
                | Code::DeadlineExceeded
                | Code::Unimplemented
                | Code::Internal
                | Code::Unavailable
                | Code::DataLoss
        ),
    }
}

fn known_method(method: &http::Method) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE",
    ];
    KNOWN
        .into_iter()
        .find(|known| *known == method.as_str())
        .unwrap_or(names::OTHER)
}
