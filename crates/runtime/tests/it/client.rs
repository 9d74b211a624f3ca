//! What a call to another service carries along.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use entente_runtime::client::{Options, channel};
use entente_runtime::context::{self, Context};
use entente_runtime::deadline::{self, Deadline};
use entente_runtime::server::Limits;
use entente_runtime::status;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use tokio::net::{TcpListener, TcpSocket};
use tonic::Code;
use tonic_types::StatusExt;

use crate::support::{answering, call, start, start_with};

fn client(url: &str, options: Options) -> TraceServiceClient<entente_runtime::client::Client> {
    TraceServiceClient::new(channel(url, options).unwrap())
}

/// Answers by its request id and the seconds that it has left.
async fn told(_: tonic::Request<ExportTraceServiceRequest>) -> Result<String, tonic::Status> {
    let left = deadline::remaining().unwrap().as_secs();
    Ok(format!("{} {left}", context::request_id().unwrap()))
}

fn server_limits() -> Limits {
    Limits {
        max_deadline: Duration::from_secs(3600),
        ..Limits::default()
    }
}

#[tokio::test]
async fn the_deadline_and_the_request_id_go_along() {
    let server = start_with(answering(told), server_limits()).await;
    let calling = deadline::scope(
        Some(Deadline::after(Duration::from_secs(500))),
        call(client(&server.url(), Options::default())),
    );

    let seen = context::scope(Context::background().with_request_id("r-9"), calling)
        .await
        .unwrap();

    let (id, left) = seen.split_once(' ').unwrap();
    assert_eq!(id, "r-9");
    assert!((400..=500).contains(&left.parse::<u64>().unwrap()), "{left} s");
}

#[tokio::test]
async fn a_call_without_a_deadline_gets_that_of_its_client() {
    let server = start_with(answering(told), server_limits()).await;
    let options = Options {
        timeout: Some(Duration::from_secs(300)),
        ..Options::default()
    };

    let seen = call(client(&server.url(), options)).await.unwrap();

    let (_, left) = seen.split_once(' ').unwrap();
    assert!((200..=300).contains(&left.parse::<u64>().unwrap()), "{left} s");
}

#[tokio::test]
async fn a_service_that_never_answers_is_a_timeout() {
    // It accepts, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let options = Options {
        timeout: Some(Duration::from_millis(30)),
        ..Options::default()
    };

    let status = call(client(&url, options)).await.unwrap_err();

    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(status::reason(&status).as_deref(), Some("TIMEOUT"));
}

#[tokio::test]
async fn a_call_whose_time_is_up_is_not_sent() {
    let calls = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&calls);
    let server = start(answering(move |_| {
        seen.fetch_add(1, Ordering::SeqCst);
        async { Ok(String::new()) }
    }))
    .await;

    let late = deadline::scope(
        Some(Deadline::after(Duration::ZERO)),
        call(client(&server.url(), Options::default())),
    );

    assert_eq!(late.await.unwrap_err().code(), Code::DeadlineExceeded);
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable_with_a_hint() {
    // Bound but not listening: nobody else gets the port, and nobody answers on it.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let free = socket.local_addr().unwrap();

    let status = call(client(&format!("http://{free}"), Options::default()))
        .await
        .unwrap_err();

    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.get_details_retry_info().is_some());
    assert!(!status.message().contains(&free.port().to_string()));
}

#[tokio::test]
async fn a_client_finds_its_service_again() {
    let first = start(answering(|_| async { Ok("first".to_owned()) })).await;
    let (url, address) = (first.url(), first.address);
    let client = client(&url, Options::default());
    assert_eq!(call(client.clone()).await.unwrap(), "first");
    first.drained().await.unwrap();
    assert_eq!(call(client.clone()).await.unwrap_err().code(), Code::Unavailable);

    let listener = TcpListener::bind(address).await.unwrap();
    let _second = crate::support::start_on(listener, answering(|_| async { Ok("second".to_owned()) }));

    crate::support::eventually(async || call(client.clone()).await.is_ok_and(|answer| answer == "second"))
        .await;
}

#[tokio::test]
async fn each_call_brings_its_token() {
    let server = start(answering(|request| async move {
        Ok(request
            .metadata()
            .get("authorization")
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned())
    }))
    .await;
    let options = Options::default()
        .with_token(|| async { Ok(http::HeaderValue::from_static("Bearer of-the-service")) });

    assert_eq!(
        call(client(&server.url(), options)).await.unwrap(),
        "Bearer of-the-service"
    );
}

#[tokio::test]
async fn the_status_of_a_service_comes_through_whole() {
    let server = start(answering(|_| async {
        Err(status::Failure::new(Code::NotFound, "NO_MANDATE", "there is none: ask for one").into())
    }))
    .await;

    let status = call(client(&server.url(), Options::default())).await.unwrap_err();

    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(status::reason(&status).as_deref(), Some("NO_MANDATE"));
}
