//! Headers on their way in and out.

use entente_transcoder::RestOptions;
use http::HeaderName;

use crate::fixture::{Served, empty};

#[tokio::test]
async fn only_known_and_listed_headers_become_metadata() {
    let options = RestOptions {
        request_metadata: vec![HeaderName::from_static("x-tenant")],
        deadline: std::time::Duration::from_secs(7),
        ..RestOptions::default()
    };
    let served = Served::start_with(options, empty).await;
    let sent = [
        ("authorization", "Bearer t"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
        ("x-request-id", "r-1"),
        ("accept-language", "de"),
        ("x-tenant", "acme"),
        ("cookie", "secret"),
        ("x-other", "no"),
        ("grpc-status", "0"),
    ];
    let request = sent.iter().fold(
        served.client.get(served.url("/v1/books/a")),
        |r, (name, value)| r.header(*name, *value),
    );
    request.send().await.unwrap();
    let metadata = served.last_call().metadata;
    for (name, value) in &sent[..5] {
        assert_eq!(metadata[*name], *value);
    }
    for name in ["cookie", "x-other", "grpc-status"] {
        assert!(!metadata.contains_key(name), "{name} went through");
    }
    assert!(metadata.contains_key("grpc-timeout"), "the deadline is passed on");
}

#[tokio::test]
async fn only_listed_metadata_come_back_as_headers() {
    let options = RestOptions {
        response_metadata: vec![HeaderName::from_static("x-served-by")],
        ..RestOptions::default()
    };
    let served = Served::start_with(options, empty).await;
    let response = served.get("/v1/books/a").await;
    assert_eq!(response.headers()["x-served-by"], "library");
    assert!(!response.headers().contains_key("x-secret"));
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let served = Served::start(empty).await;
    let request = served.client.get(served.url("/v1/books/a"));
    let response = request
        .header("authorization", "Bearer a")
        .header("authorization", "Bearer b")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 400);
    assert!(!served.has_calls());
}
