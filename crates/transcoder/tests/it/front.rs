//! REST and gRPC by the same door.

use crate::fixture::{Served, empty};

#[tokio::test]
async fn a_grpc_request_over_http1_is_told_so() {
    let served = Served::start(empty).await;
    let request = served.client.post(served.url("/library.v1.LibraryService/Probe"));
    let response = request
        .header("content-type", "application/grpc")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["grpc-status"], "12");
    assert!(!served.has_calls());
}

#[tokio::test]
async fn a_grpc_path_is_no_rest_path() {
    let served = Served::start(empty).await;
    let response = served
        .send("POST", "/library.v1.LibraryService/Probe", "{}")
        .await;
    assert_eq!(response.status(), 404);
}
