//! What a response tells those around it.

use axum::body::Body;
use entente_transcoder::{MatchedTemplate, Rest, RestOptions, upstream};
use http::Request;
use tonic::Status;
use tower::ServiceExt;

use crate::fixture::{exposed, library};

/// The template that a response names. Each call fails.
async fn matched(path: &str) -> Option<String> {
    let failing = tower::service_fn(|_: Request<tonic::body::Body>| async {
        Ok::<_, Status>(Status::not_found("nothing").into_http::<tonic::body::Body>())
    });
    let rest = Rest::new(&exposed(&library(), &upstream(failing)), RestOptions::default()).unwrap();
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = rest.oneshot(request).await.unwrap();
    response
        .extensions()
        .get::<MatchedTemplate>()
        .map(|MatchedTemplate(template)| template.to_string())
}

#[tokio::test]
async fn a_response_names_the_template_that_its_request_matched() {
    assert_eq!(matched("/v1/books/a").await.as_deref(), Some("/v1/books/{name}"));
    assert_eq!(
        matched("/v1/books/a?odd=1").await.as_deref(),
        Some("/v1/books/{name}")
    );
}

#[tokio::test]
async fn a_path_that_matched_nothing_names_nothing() {
    assert_eq!(matched("/nothing").await, None);
    assert_eq!(matched("/%ff").await, None);
}
