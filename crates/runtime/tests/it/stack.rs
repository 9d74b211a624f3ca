//! What each call passes.

use std::sync::Arc;
use std::time::Duration;

use entente_runtime::server::Limits;
use entente_runtime::{context, deadline, detached, status};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tokio::sync::Semaphore;
use tonic::client::Grpc;
use tonic::{Code, Request, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_prost::ProstCodec;
use tonic_types::StatusExt;

use crate::support::{METHOD, answering, eventually, start, start_with};

fn impatient() -> Limits {
    Limits {
        max_deadline: Duration::from_millis(50),
        ..Limits::default()
    }
}

fn narrow() -> Limits {
    Limits {
        max_in_flight: 1,
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_panic_is_internal_and_keeps_its_secrets() {
    let server = start(answering(|_| async { panic!("password=hunter2") })).await;

    let status = server.call().await.unwrap_err();

    assert_eq!(status.code(), Code::Internal);
    assert_eq!(status::reason(&status).as_deref(), Some("INTERNAL"));
    assert!(!format!("{status:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_server_goes_on_after_a_panic() {
    let server = start(answering(|request| async move {
        if request.metadata().contains_key("x-break") {
            panic!("broken");
        }
        Ok("still here".to_owned())
    }))
    .await;
    let mut client = TraceServiceClient::new(server.channel().await);
    let mut breaking = Request::new(ExportTraceServiceRequest::default());
    breaking.metadata_mut().insert("x-break", "1".parse().unwrap());

    client.export(breaking).await.unwrap_err();

    assert_eq!(crate::support::call(client).await.unwrap(), "still here");
}

#[tokio::test]
async fn a_call_past_its_deadline_is_told_so() {
    let server = start_with(answering(|_| std::future::pending()), impatient()).await;

    let status = server.call().await.unwrap_err();

    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(status::reason(&status).as_deref(), Some("TIMEOUT"));
}

#[tokio::test]
async fn a_handler_sees_what_is_left_of_its_callers_time() {
    let server = start(answering(|_| async {
        let left = deadline::remaining().unwrap();
        Ok(left.as_millis().to_string())
    }))
    .await;
    let mut request = Request::new(ExportTraceServiceRequest::default());
    request.set_timeout(Duration::from_secs(7));

    let answer = TraceServiceClient::new(server.channel().await)
        .export(request)
        .await
        .unwrap();

    let left: u64 = answer
        .into_inner()
        .partial_success
        .unwrap()
        .error_message
        .parse()
        .unwrap();
    assert!((1..=7000).contains(&left), "{left} ms");
}

#[tokio::test]
async fn a_write_goes_on_past_the_deadline_of_its_call() {
    let (go, done) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (gate, signal) = (Arc::clone(&go), Arc::clone(&done));
    let write = move |_| {
        let (gate, signal) = (Arc::clone(&gate), Arc::clone(&signal));
        detached(async move {
            gate.acquire().await.unwrap().forget();
            signal.add_permits(1);
            Ok(String::new())
        })
    };
    let server = start_with(answering(write), impatient()).await;

    assert_eq!(server.call().await.unwrap_err().code(), Code::DeadlineExceeded);
    go.add_permits(1);

    crate::support::within(done.acquire()).await.unwrap().forget();
}

/// A server with room for one call, which stays until the semaphore has a permit.
async fn occupied(
    limits: Limits,
) -> (
    crate::support::Server,
    Arc<Semaphore>,
    tokio::task::JoinHandle<Result<String, Status>>,
) {
    let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (entered, gate) = (Arc::clone(&inside), Arc::clone(&go));
    let server = start_with(
        answering(move |_| {
            let (entered, gate) = (Arc::clone(&entered), Arc::clone(&gate));
            detached(async move {
                entered.add_permits(1);
                gate.acquire().await.unwrap().forget();
                Ok("done".to_owned())
            })
        }),
        limits,
    )
    .await;
    let channel = server.channel().await;
    let first = tokio::spawn(crate::support::call(TraceServiceClient::new(channel)));
    crate::support::within(inside.acquire()).await.unwrap().forget();
    (server, go, first)
}

#[tokio::test]
async fn an_overloaded_server_says_when_to_come_back() {
    let (server, _go, _first) = occupied(narrow()).await;

    let status = server.call().await.unwrap_err();

    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(status::reason(&status).as_deref(), Some("OVERLOADED"));
    assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
}

#[tokio::test]
async fn room_that_a_call_leaves_is_taken_by_the_next() {
    let (server, go, first) = occupied(narrow()).await;

    go.add_permits(2);

    assert_eq!(first.await.unwrap().unwrap(), "done");
    assert_eq!(server.call().await.unwrap(), "done");
}

#[tokio::test]
async fn a_write_that_outlives_its_call_still_takes_room() {
    let (server, go, first) = occupied(Limits {
        max_in_flight: 1,
        ..impatient()
    })
    .await;
    assert_eq!(first.await.unwrap().unwrap_err().code(), Code::DeadlineExceeded);

    assert_eq!(server.call().await.unwrap_err().code(), Code::ResourceExhausted);

    // Enough for each try, as one may meet its own deadline.
    go.add_permits(10_000);
    eventually(async || server.call().await.is_ok()).await;
}

#[tokio::test]
async fn a_probe_is_answered_by_an_overloaded_server() {
    let (server, _go, _first) = occupied(narrow()).await;

    let answer = HealthClient::new(server.channel().await)
        .check(HealthCheckRequest::default())
        .await;

    assert!(answer.is_ok());
}

#[tokio::test]
async fn a_given_request_id_reaches_the_handler_and_comes_back() {
    let server = start(answering(|_| async { Ok(context::request_id().unwrap()) })).await;
    let mut request = Request::new(ExportTraceServiceRequest::default());
    request
        .metadata_mut()
        .insert("x-request-id", "abc-1".parse().unwrap());

    let answer = TraceServiceClient::new(server.channel().await)
        .export(request)
        .await
        .unwrap();

    assert_eq!(answer.metadata().get("x-request-id").unwrap(), "abc-1");
    assert_eq!(
        answer.into_inner().partial_success.unwrap().error_message,
        "abc-1"
    );
}

#[tokio::test]
async fn a_request_without_an_id_gets_one() {
    let server = start(answering(|_| async { Ok(context::request_id().unwrap()) })).await;

    assert_eq!(server.call().await.unwrap().len(), 32);
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    let server = start(answering(|_| async { Ok(String::new()) })).await;
    let mut client = tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient::with_origin(
        server.channel().await,
        http::Uri::from_static("http://localhost/elsewhere"),
    );

    let status = client
        .server_reflection_info(tokio_stream::empty())
        .await
        .unwrap_err();

    assert_eq!(status.code(), Code::Unimplemented);
}

/// Sends any message in the place of the method's own.
async fn send_instead(message: impl Message + Default + 'static) -> Status {
    let server = start(answering(|_| async { Ok("read".to_owned()) })).await;
    let mut client = Grpc::new(server.channel().await);
    client.ready().await.unwrap();
    let codec = ProstCodec::<_, ExportTraceServiceResponse>::default();
    let path = format!("/{METHOD}").parse().unwrap();
    client
        .unary(Request::new(message), path, codec)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_message_that_cannot_be_decoded_is_the_fault_of_its_sender() {
    // Text, where a message stands.
    let status = send_instead("text".to_owned()).await;

    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status::reason(&status).as_deref(), Some("MALFORMED_REQUEST"));
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused() {
    let status = send_instead("x".repeat(5 << 20)).await;

    assert_eq!(status.code(), Code::ResourceExhausted);
    assert_eq!(status::reason(&status).as_deref(), Some("REQUEST_TOO_LARGE"));
}
