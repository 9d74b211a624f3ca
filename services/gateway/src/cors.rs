//! Which web pages of others may call the gateway from a browser.

use std::time::Duration;

use axum::Router;
use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use entente_runtime::context::ACCESS_REVISION;

use crate::api_keys::API_KEY;
use crate::incoming::REQUEST_ID;

const PREFLIGHT_AGE: Duration = Duration::from_secs(3600);

/// Lets pages of these origins in. Without any, a preflight is a request like another: nothing answers it.
pub(crate) fn allow(router: Router, origins: &[HeaderValue]) -> Router {
    if origins.is_empty() {
        return router;
    }
    router.layer(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins.iter().cloned()))
            .allow_methods([
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ])
            .allow_headers([
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::ACCEPT_LANGUAGE,
                API_KEY,
                REQUEST_ID,
                ACCESS_REVISION,
                HeaderName::from_static("traceparent"),
                HeaderName::from_static("tracestate"),
            ])
            .expose_headers([REQUEST_ID, ACCESS_REVISION, header::RETRY_AFTER])
            .max_age(PREFLIGHT_AGE),
    )
}
