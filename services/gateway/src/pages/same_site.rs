//! A form is sent from the page that shows it: another site could send one with what is its own, and have the reader work
//! on with it.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};

use super::html::{page, paragraph};
use super::texts;

/// In which browsers say where a request comes from (Fetch Metadata). Programs say nothing, and are let pass.
const SITE: &str = "sec-fetch-site";

/// Refuses a form of another site.
pub(super) async fn check(request: Request, next: Next) -> Response {
    if *request.method() != Method::POST || !is_foreign(request.headers()) {
        return next.run(request).await;
    }
    let texts = texts::of(request.headers());
    let body = paragraph(texts.foreign);
    page(StatusCode::FORBIDDEN, texts, texts.foreign_title, &body)
}

fn is_foreign(headers: &HeaderMap) -> bool {
    headers
        .get(SITE)
        .is_some_and(|site| site != "same-origin" && site != "none")
}
