//! The layer of a server that finds out who calls.

use std::mem;
use std::task::{Context, Poll};

use futures::future::{BoxFuture, Either};
use http::{Request, Response};
use tonic::Status;
use tower::{Layer, Service};

use crate::verifier::Glance;
use crate::{Reason, Verifier};

/// Puts the [`Principal`](crate::Principal) of each call into its extensions. A call whose token is not good is
/// answered with UNAUTHENTICATED and doesn't go on; one without a token goes on as anonymous.
#[derive(Debug, Clone)]
pub struct AuthenticationLayer {
    verifier: Verifier,
}

impl AuthenticationLayer {
    /// Reads tokens with this verifier.
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier }
    }
}

impl<S> Layer<S> for AuthenticationLayer {
    type Service = Authenticated<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Authenticated {
            inner,
            verifier: self.verifier.clone(),
        }
    }
}

/// A server that knows who calls.
#[derive(Debug, Clone)]
pub struct Authenticated<S> {
    inner: S,
    verifier: Verifier,
}

impl<S, B, R> Service<Request<B>> for Authenticated<S>
where
    S: Service<Request<B>, Response = Response<R>, Error: Send, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
    R: Default + Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    // A token that is remembered needs no wait, and so no box.
    type Future = Either<S::Future, BoxFuture<'static, Result<Response<R>, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let (token, fingerprint) = match self.verifier.glance(request.headers()) {
            Glance::Settled(Ok(principal)) => {
                request.extensions_mut().insert(principal);
                return Either::Left(self.inner.call(request));
            }
            Glance::Settled(Err(reason)) => {
                return Either::Right(Box::pin(async move { Ok(refuse(reason)) }));
            }
            Glance::New(token, fingerprint) => (token.to_owned(), fingerprint),
        };
        // The one that is ready makes the call; its clone may not be.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let verifier = self.verifier.clone();
        Either::Right(Box::pin(async move {
            match verifier.verify(&token, fingerprint).await {
                Ok(principal) => {
                    request.extensions_mut().insert(principal);
                    inner.call(request).await
                }
                Err(reason) => Ok(refuse(reason)),
            }
        }))
    }
}

/// An answer of trailers alone, which every gRPC client reads.
fn refuse<R: Default>(reason: Reason) -> Response<R> {
    tracing::debug!(reason = reason.as_str(), "a token was refused");
    Status::from(reason).into_http()
}
