//! What the gateway tells about itself: the description of the API, and the page of reasons that problems lead to.

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use http::{HeaderName, HeaderValue, header};

use crate::routes::named;

/// docs/errors.md, with a section for each reason.
pub(crate) const REASONS: &str = include_str!("../../../docs/errors.md");

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const MARKDOWN: HeaderValue = HeaderValue::from_static("text/markdown; charset=utf-8");

type Document = ([(HeaderName, HeaderValue); 1], Bytes);

/// `/openapi.json` and `/docs/errors`.
pub(crate) fn router(description: &serde_json::Value) -> Router {
    let description = document(JSON, description.to_string().into());
    let reasons = document(MARKDOWN, Bytes::from_static(REASONS.as_bytes()));
    let router = named(Router::new(), "/openapi.json", get(async || description));
    named(router, "/docs/errors", get(async || reasons))
}

fn document(kind: HeaderValue, content: Bytes) -> Document {
    ([(header::CONTENT_TYPE, kind)], content)
}
