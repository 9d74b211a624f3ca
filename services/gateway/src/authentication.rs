//! A bad token goes no further than the edge.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use entente_access::Verifier;
use entente_transcoder::{Rest, is_grpc};
use tonic::Status;

/// What the check needs: the keys, and how REST says no.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) verifier: Verifier,
    pub(crate) rest: Rest,
}

/// Lets a request pass that has no token or a good one. Who calls is found out again by the service.
pub(crate) async fn check(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let Err(reason) = edge.verifier.authenticate(request.headers()).await else { return next.run(request).await };
    let status = Status::from(reason);
    if is_grpc(&request) {
        return status.into_http::<Body>();
    }
    let (parts, _) = request.into_parts();
    edge.rest.problem(&status, &parts)
}
