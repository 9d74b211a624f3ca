//! The layer in front of a server.

use std::convert::Infallible;

use entente_access::{AuthenticationLayer, Principal};
use http::{Extensions, Request, Response, header::AUTHORIZATION};
use tonic::Status;
use tonic::body::Body;
use tonic_types::StatusExt;
use tower::limit::ConcurrencyLimitLayer;
use tower::{Layer, ServiceExt};

use crate::support::*;

/// Answers with the principal that it found, through a service that must be ready before each call.
async fn call(world: &World, authorization: Option<&str>) -> Response<Body> {
    let echo = tower::service_fn(|request: Request<()>| async move {
        let mut found = Extensions::new();
        if let Some(principal) = request.extensions().get::<Principal>() {
            found.insert(principal.clone());
        }
        let mut response = Response::new(Body::default());
        *response.extensions_mut() = found;
        Ok::<_, Infallible>(response)
    });
    let server =
        AuthenticationLayer::new(world.verifier.clone()).layer(ConcurrencyLimitLayer::new(1).layer(echo));
    let mut request = Request::new(());
    if let Some(value) = authorization {
        request
            .headers_mut()
            .insert(AUTHORIZATION, value.parse().unwrap());
    }
    server.oneshot(request).await.unwrap()
}

fn principal(response: &Response<Body>) -> Option<&Principal> {
    response.extensions().get()
}

#[tokio::test]
async fn a_call_without_a_token_goes_on_as_anonymous() {
    let response = call(&World::new(), None).await;

    assert_eq!(principal(&response), Some(&Principal::Anonymous));
}

#[tokio::test]
async fn a_person_is_known_to_the_server_the_first_time_and_later() {
    let world = World::new();
    let value = format!("Bearer {}", world.sign(&person()));

    for _ in 0..3 {
        assert_eq!(
            principal(&call(&world, Some(&value)).await),
            Some(&Principal::Person(person()))
        );
    }
}

#[tokio::test]
async fn a_bad_token_is_answered_in_trailers_alone_and_goes_no_further() {
    let world = World::new();
    let expired = format!("Bearer {}", world.sign(&person()));
    assert!(principal(&call(&world, Some(&expired)).await).is_some());
    world.advance(300);
    let forged = forge(STRANGER, &header(&key_id(STRANGER)), &person_claims());

    let bad = [
        ("TOKEN_EXPIRED", expired),
        ("TOKEN_INVALID", format!("Bearer {forged}")),
        ("TOKEN_INVALID", "Basic eA==".to_owned()),
    ];
    for (reason, value) in bad {
        let response = call(&world, Some(&value)).await;

        assert_eq!(principal(&response), None);
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/grpc");
        assert_eq!(response.headers()["grpc-status"], "16");
        let status = Status::from_header_map(response.headers()).unwrap();
        let info = status.get_details_error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), (reason, "entente"));
        assert!(!info.metadata["mend"].is_empty());
    }
}
