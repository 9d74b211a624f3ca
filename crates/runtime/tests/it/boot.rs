//! What each server offers by itself: health, reflection, the admin port.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use entente_runtime::server::{Limits, Parts, readiness};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ListServiceResponse, ServerReflectionRequest};
use tonic_reflection::pb::v1alpha;

use crate::support::{SERVICE, Server, answering, descriptors, eventually, get, start, start_with, within};

fn quick() -> Limits {
    Limits {
        readiness_interval: Duration::from_millis(10),
        ..Limits::default()
    }
}

/// A service that needs a database, and the switch of that database.
fn needy() -> (Parts, Arc<AtomicBool>) {
    let there = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&there);
    let parts = answering(|_| async { Ok(String::new()) }).needs(readiness("postgres", move || {
        let there = seen.load(Ordering::SeqCst);
        async move {
            if there {
                Ok(())
            } else {
                Err("connection refused".to_owned())
            }
        }
    }));
    (parts, there)
}

async fn health(server: &Server, service: &str) -> ServingStatus {
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    HealthClient::new(server.channel().await)
        .check(request)
        .await
        .unwrap()
        .into_inner()
        .status()
}

/// Serves the admin port of `server`; gives its URL.
async fn admin(server: &Server) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(
        server
            .admin
            .clone()
            .serve(listener, None, CancellationToken::new()),
    );
    url
}

#[tokio::test]
async fn health_of_each_service_follows_readiness() {
    let (parts, there) = needy();
    let server = start_with(parts, quick()).await;
    assert_eq!(health(&server, SERVICE).await, ServingStatus::NotServing);
    assert_eq!(health(&server, "").await, ServingStatus::NotServing);

    there.store(true, Ordering::SeqCst);
    within(server.admin.ready("test")).await;
    assert_eq!(health(&server, SERVICE).await, ServingStatus::Serving);
    assert_eq!(health(&server, "").await, ServingStatus::Serving);

    there.store(false, Ordering::SeqCst);
    eventually(async || health(&server, SERVICE).await == ServingStatus::NotServing).await;
}

#[tokio::test]
async fn health_of_a_service_that_runs_elsewhere_is_not_found() {
    let server = start(answering(|_| async { Ok(String::new()) })).await;
    let request = HealthCheckRequest {
        service: "made.Up".to_owned(),
    };

    let status = HealthClient::new(server.channel().await)
        .check(request)
        .await
        .unwrap_err();

    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn reflection_lists_what_is_served_and_nothing_else() {
    let server = start(answering(|_| async { Ok(String::new()) })).await;
    let ask = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };

    let mut answers = ServerReflectionClient::new(server.channel().await)
        .server_reflection_info(tokio_stream::once(ask))
        .await
        .unwrap()
        .into_inner();

    let answer = answers
        .message()
        .await
        .unwrap()
        .unwrap()
        .message_response
        .unwrap();
    let MessageResponse::ListServicesResponse(ListServiceResponse { service }) = answer else {
        panic!("not a list: {answer:?}");
    };
    let mut names: Vec<String> = service.into_iter().map(|service| service.name).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection",
            SERVICE,
        ]
    );
}

#[tokio::test]
async fn an_old_reflection_client_finds_a_symbol() {
    use v1alpha::server_reflection_request::MessageRequest;
    use v1alpha::server_reflection_response::MessageResponse;

    let server = start(answering(|_| async { Ok(String::new()) })).await;
    let ask = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::FileContainingSymbol(SERVICE.to_owned())),
    };

    let mut answers = v1alpha::server_reflection_client::ServerReflectionClient::new(server.channel().await)
        .server_reflection_info(tokio_stream::once(ask))
        .await
        .unwrap()
        .into_inner();

    let answer = answers
        .message()
        .await
        .unwrap()
        .unwrap()
        .message_response
        .unwrap();
    assert!(
        matches!(answer, MessageResponse::FileDescriptorResponse(_)),
        "{answer:?}"
    );
}

#[tokio::test]
async fn the_admin_port_says_why_a_service_is_not_ready() {
    let (parts, _there) = needy();
    let server = start_with(parts, quick()).await;
    let url = admin(&server).await;
    eventually(async || get(format!("{url}/ready")).await.1.contains("postgres")).await;

    let (status, body) = get(format!("{url}/ready")).await;

    assert_eq!(status, 503);
    let expected = json!({"ready": false, "services": {"test": {"ready": false, "reasons": [
        {"check": "postgres", "reason": "connection refused"},
    ]}}});
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
}

#[tokio::test]
async fn the_admin_port_is_ready_with_its_services() {
    let server = start(answering(|_| async { Ok(String::new()) })).await;
    let url = admin(&server).await;

    within(server.admin.ready("test")).await;

    assert_eq!(get(format!("{url}/ready")).await.0, 200);
    assert_eq!(get(format!("{url}/live")).await.0, 200);
}

#[tokio::test]
async fn plain_http_is_refused_in_the_services_own_words() {
    let router = axum::Router::new().route("/wait", axum::routing::get(std::future::pending::<String>));
    let parts = Parts::http("edge", router, |status| {
        let body = tonic::body::Body::new(http_body_util::Full::from(status.message().to_owned()));
        http::Response::builder().status(504).body(body).unwrap()
    });
    let limits = Limits {
        max_deadline: Duration::from_millis(20),
        ..Limits::default()
    };
    let server = start_with(parts, limits).await;

    let (status, body) = get(format!("{}/wait", server.url())).await;

    assert_eq!(status, 504);
    assert!(body.contains("not ready in time"), "{body}");
}

#[tokio::test]
async fn authentication_stands_before_the_services_and_not_before_the_probes() {
    let refuse = tower::layer::layer_fn(|_: tonic::service::Routes| {
        tower::service_fn(|_: http::Request<tonic::body::Body>| async {
            Ok::<_, std::convert::Infallible>(tonic::Status::unauthenticated("no token: sign in").into_http())
        })
    });
    let parts = Parts::grpc(
        "test",
        crate::support::services(|_| async { Ok(String::new()) }),
        descriptors(),
        refuse,
    );
    let server = start(parts).await;

    assert_eq!(server.call().await.unwrap_err().code(), Code::Unauthenticated);
    within(server.admin.ready("test")).await;
    assert_eq!(health(&server, "").await, ServingStatus::Serving);
}
