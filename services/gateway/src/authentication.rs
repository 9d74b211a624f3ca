//! A bad token goes no further than the edge, and an API key neither.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use entente_access::{RemoteKeys, ServiceKeys, Verifier};
use entente_runtime::client::Client;
use entente_runtime::clock::SharedClock;
use entente_transcoder::{Rest, is_grpc};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tonic::Status;

use crate::api_keys::ApiKeys;

/// RFC 6750, section 3.1.
const INVALID_TOKEN: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");

/// What the check needs: the keys, and how REST says no.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    verifier: Verifier,
    keys: ApiKeys,
    rest: Rest,
}

impl Edge {
    /// Checks people's tokens with the keys of `identity`. Services call each other without the edge, so no service's
    /// token is good here.
    pub(crate) fn new(identity: Client, clock: SharedClock, rest: Rest) -> Self {
        let people = RemoteKeys::new(identity.clone(), clock.clone());
        Self {
            keys: ApiKeys::new(identity, clock.clone()),
            verifier: Verifier::new(people, ServiceKeys::default(), clock),
            rest,
        }
    }
}

impl Edge {
    async fn authenticate(&self, headers: &mut HeaderMap) -> Result<(), Status> {
        self.keys.replace(headers).await?;
        self.verifier.authenticate(headers).await?;
        Ok(())
    }
}

/// Lets a request pass that has no token or a good one. Who calls is found out again by the service.
pub(crate) async fn check(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let Err(status) = edge.authenticate(request.headers_mut()).await else {
        return next.run(request).await;
    };
    if is_grpc(&request) {
        return status.into_http::<Body>();
    }
    let (parts, _) = request.into_parts();
    let mut response = edge.rest.problem(&status, &parts);
    if response.status() == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, INVALID_TOKEN);
    }
    response
}
