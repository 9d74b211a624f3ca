//! gRPC through the front, undecoded.

use std::time::Duration;

use bytes::Bytes;
use entente_transcoder::{DynamicCodec, RestOptions, upstream};
use http::uri::PathAndQuery;
use http_body::Frame;
use http_body_util::StreamBody;
use prost_reflect::{DynamicMessage, Value as Field};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::fixture::{Served, closed_port, echo, empty, library, within_reason};

fn message(name: &str, field: &str, text: &str) -> DynamicMessage {
    let pool = library();
    let mut message = DynamicMessage::new(pool.get_message_by_name(name).unwrap());
    message.set_field_by_name(field, Field::String(text.to_owned()));
    message
}

fn codec(message: &str) -> DynamicCodec {
    DynamicCodec::new(library().get_message_by_name(message).unwrap())
}

fn path(method: &str) -> PathAndQuery {
    format!("/library.v1.LibraryService/{method}").parse().unwrap()
}

async fn client(served: &Served) -> Grpc<Channel> {
    let mut client = Grpc::new(served.channel());
    client.ready().await.unwrap();
    client
}

async fn unary(served: &Served, method: &str) -> Result<tonic::Response<DynamicMessage>, Status> {
    let mut request = Request::new(message("library.v1.Kinds", "text", "hello"));
    request.set_timeout(Duration::from_secs(10));
    request.metadata_mut().insert("x-any", "thing".parse().unwrap());
    within_reason(
        client(served)
            .await
            .unary(request, path(method), codec("library.v1.Kinds")),
    )
    .await
}

#[tokio::test]
async fn a_unary_call_passes_with_its_metadata() {
    let served = Served::start(echo).await;
    let response = unary(&served, "Unmapped").await.unwrap();
    assert_eq!(response.metadata().get("x-served-by").unwrap(), "library");
    assert_eq!(
        response.get_ref().get_field_by_name("text").unwrap().as_str(),
        Some("hello")
    );
    let metadata = served.last_call().metadata;
    assert_eq!(metadata["x-any"], "thing");
    assert!(metadata.contains_key("grpc-timeout"));
}

#[tokio::test]
async fn a_status_passes_with_its_details() {
    let served = Served::start(|_| {
        let details =
            tonic_types::ErrorDetails::with_bad_request_violation("text", "is too long; shorten it");
        Err(Status::with_error_details(Code::InvalidArgument, "no", details))
    })
    .await;
    let status = unary(&served, "Probe").await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        status.get_details_bad_request().unwrap().field_violations[0].field,
        "text"
    );
}

#[tokio::test]
async fn a_method_that_is_not_exposed_is_unimplemented() {
    let served = Served::start(echo).await;
    for method in ["Hidden", "None", "", "Probe/x"] {
        let status = unary(&served, method).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented, "{method}");
    }
    assert!(!served.has_calls());
}

#[tokio::test]
async fn a_server_stream_passes() {
    let served = Served::start(empty).await;
    let request = Request::new(message("library.v1.GetBookRequest", "name", "a"));
    let response = client(&served)
        .await
        .server_streaming(request, path("WatchBooks"), codec("library.v1.Book"))
        .await;
    let mut stream = response.unwrap().into_inner();
    let mut count = 0;
    while within_reason(stream.message()).await.unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 3);
}

#[tokio::test]
async fn both_sides_of_a_stream_pass_while_it_is_open() {
    let served = Served::start(echo).await;
    let (sender, receiver) = mpsc::channel(1);
    let request = Request::new(ReceiverStream::new(receiver));
    sender
        .send(message("library.v1.Book", "name", "first"))
        .await
        .unwrap();
    let response = within_reason(client(&served).await.streaming(
        request,
        path("Talk"),
        codec("library.v1.Book"),
    ))
    .await;
    let mut stream = response.unwrap().into_inner();
    let first = within_reason(stream.message()).await.unwrap().unwrap();
    assert_eq!(first.get_field_by_name("name").unwrap().as_str(), Some("first"));
    sender
        .send(message("library.v1.Book", "name", "second"))
        .await
        .unwrap();
    let second = within_reason(stream.message()).await.unwrap().unwrap();
    assert_eq!(second.get_field_by_name("name").unwrap().as_str(), Some("second"));
    drop(sender);
    assert!(within_reason(stream.message()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_service_that_is_away_is_unavailable() {
    let address = closed_port().await;
    let channel = Endpoint::from_shared(format!("http://{address}"))
        .unwrap()
        .connect_lazy();
    let served = Served::over(RestOptions::default(), upstream(channel)).await;
    let status = unary(&served, "Probe").await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(
        !status.message().contains(&address.port().to_string()),
        "{status}"
    );
    assert!(status.get_details_retry_info().is_some());
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_a_status() {
    let broken = tower::service_fn(|_: http::Request<tonic::body::Body>| async {
        let frames = [
            Ok(Frame::data(Bytes::from_static(&[0, 0, 0, 0, 0]))),
            Err(std::io::Error::other("10.0.0.7 is gone")),
        ];
        let body = StreamBody::new(tokio_stream::iter(frames));
        let response = http::Response::builder()
            .header("content-type", "application/grpc")
            .body(body);
        Ok::<_, Status>(response.unwrap())
    });
    let served = Served::over(RestOptions::default(), upstream(broken)).await;
    let request = Request::new(message("library.v1.GetBookRequest", "name", "a"));
    let response = client(&served)
        .await
        .server_streaming(request, path("WatchBooks"), codec("library.v1.Book"))
        .await;
    let mut stream = response.unwrap().into_inner();
    assert!(within_reason(stream.message()).await.unwrap().is_some());
    let status = within_reason(stream.message()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(!status.message().contains("10.0.0.7"), "{status}");
}
