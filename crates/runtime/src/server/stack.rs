//! The one stack that every call passes: request id, trace, limit, deadline, panic. The order is the reading order.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::body::Body;
use tower::ServiceExt;
use tracing::Instrument;

use super::infra::Infra;
use super::limits::Limits;
use super::parts::{Answering, Refusal, Shown};
use super::unread;
use crate::body::{self, Ending};
use crate::call::{Call, Method};
use crate::context::{self, Context, access_revision_of, tell_access_revision};
use crate::deadline::{self, Deadline};
use crate::random::SharedRandom;
use crate::status::Layer;
use crate::telemetry;

/// The header that carries the id of a request, in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) struct Stack {
    pub name: &'static str,
    pub service: Answering,
    pub infra: Infra,
    pub refusal: Refusal,
    pub shown: Shown,
    pub limits: Limits,
    pub in_flight: Arc<Semaphore>,
    pub random: SharedRandom,
    pub drain: CancellationToken,
    pub detached: TaskTracker,
}

impl Stack {
    /// Answers one request, by a status where anything fails.
    pub(super) async fn answer(self: Arc<Self>, request: Request<Body>) -> Response<Body> {
        let grpc = is_grpc(request.headers());
        let method = grpc.then(|| self.infra.offered.get(request.uri().path()));
        let id = request_id(request.headers(), &self.random);
        let call = self.call(&request, method.clone(), &id);
        telemetry::continue_from_headers(call.span(), request.headers());

        let span = call.span().clone();
        let streaming = method.is_some_and(|method| method.streaming);
        let (result, context) = self.serve(request, id.clone(), streaming).instrument(span).await;

        let response = match result {
            Ok(response) if streaming => self.ending(unread::named(response), context.deadline()),
            Ok(response) if grpc => unread::named(response),
            Ok(response) => response,
            Err(layer) if grpc => layer.status().into_http(),
            Err(layer) => (self.refusal)(layer.status()),
        };
        let revision = context.access_revision();
        let stream_context = streaming.then(|| context.without_permit());
        let mut response = call.observe(response, stream_context);
        response.headers_mut().insert(REQUEST_ID, id);
        tell_access_revision(revision, response.headers_mut());
        response
    }

    fn call(&self, request: &Request<Body>, method: Option<Arc<Method>>, id: &HeaderValue) -> Call {
        let id = id.to_str().unwrap_or_default();
        let path = (self.shown)(request.uri().path());
        match method {
            Some(method) => Call::served(method, self.name, id, &path),
            None => Call::requested(request.method(), self.name, id, &path),
        }
    }

    async fn serve(
        &self,
        mut request: Request<Body>,
        id: HeaderValue,
        streaming: bool,
    ) -> (Result<Response<Body>, Layer>, Context) {
        // To all but gRPC these are paths like others, and the router answers them.
        let infra = self
            .infra
            .takes(request.uri().path())
            .filter(|_| is_grpc(request.headers()))
            .cloned();
        let asked = deadline::from_headers(request.headers());
        // A stream lives as long as its caller wants; all else has a limit.
        let limit = if streaming {
            asked
        } else {
            Some(asked.map_or(self.limits.max_deadline, |asked| {
                asked.min(self.limits.max_deadline)
            }))
        };
        let deadline = limit.map(Deadline::after);

        // Probes don't count: an overloaded server is busy, not ill.
        let permit = match &infra {
            Some(_) => Ok(None),
            None => Arc::clone(&self.in_flight).try_acquire_owned().map(Some),
        };
        let overloaded = permit.is_err();
        let revision = access_revision_of(request.headers());
        let context = self.context(id, deadline, revision, permit.ok().flatten());
        if overloaded {
            return (Err(Layer::Overloaded), context);
        }

        request.extensions_mut().insert(context.clone());
        let service = infra.unwrap_or_else(|| self.service.clone());
        let work = AssertUnwindSafe(context::scope(context.clone(), service.oneshot(request))).catch_unwind();
        let result = tokio::select! {
            // The answer first: one that is there in time isn't thrown away.
            biased;
            result = work => match result {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(never)) => match never {},
                // The panic hook has logged it.
                Err(_) => Err(Layer::Internal),
            },
            _ = body::timeout(deadline) => Err(Layer::Timeout),
        };
        (result, context)
    }

    fn context(
        &self,
        id: HeaderValue,
        deadline: Option<Deadline>,
        access_revision: Option<i64>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Context {
        let (drain, detached) = (self.drain.clone(), self.detached.clone());
        Context::serving(id, deadline, access_revision, drain, detached, permit)
    }

    /// Ends a stream at its deadline, or when the server drains, so that no watcher holds up a shutdown.
    fn ending(&self, response: Response<Body>, deadline: Option<Deadline>) -> Response<Body> {
        let drain = self.drain.clone();
        let end = async move {
            tokio::select! {
                () = drain.cancelled_owned() => Layer::Draining.status(),
                status = body::timeout(deadline) => status,
            }
        };
        response.map(|inner| Ending::wrap(inner, end))
    }
}

/// gRPC proper; gRPC-Web has its status in the body and is HTTP to us.
fn is_grpc(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return false;
    };
    let Some(rest) = kind.as_bytes().strip_prefix(b"application/grpc") else {
        return false;
    };
    matches!(rest.first(), None | Some(b'+' | b';'))
}

/// The caller's id where it is short and plain, else a new one.
fn request_id(headers: &HeaderMap, random: &SharedRandom) -> HeaderValue {
    let given = headers
        .get(REQUEST_ID)
        .filter(|id| (1..=128).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic));
    if let Some(given) = given {
        return given.clone();
    }
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    let text = format!("{:032x}", u128::from_be_bytes(bytes));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("-"))
}
