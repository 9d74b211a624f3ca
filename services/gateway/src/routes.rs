//! One port for all of it.

use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::routing::get;
use axum::{Json, middleware};
use entente_access::{RemoteKeys, ServiceKeys, Verifier};
use entente_contracts::access::v1::Caller;
use entente_runtime::clock::SharedClock;
use entente_transcoder::{Exposed, Front, GrpcProxy, Rest, RestOptions, upstream};
use prost_reflect::DescriptorPool;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::authentication::{Edge, check};
use crate::openapi::{caller, describe};
use crate::{Config, Upstreams, pages};

/// Where a problem's type leads: the page that explains its reason.
const REASONS: &str = "/docs/errors#";
const MAX_REQUEST_BYTES: usize = 1 << 20;
const PREFLIGHT_AGE: Duration = Duration::from_secs(3600);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How REST answers.
pub(crate) fn rest_options() -> RestOptions {
    RestOptions {
        problem_type_base: REASONS.to_owned(),
        problem_domain: "entente".to_owned(),
        max_request_bytes: MAX_REQUEST_BYTES,
        ..RestOptions::default()
    }
}

/// The whole surface of the gateway.
pub(crate) fn router(
    pool: &DescriptorPool,
    upstreams: &Upstreams,
    clock: SharedClock,
    config: &Config,
) -> anyhow::Result<Router> {
    let exposed = Exposed::new(
        pool,
        |service| upstreams.of(service.full_name()).cloned().map(upstream),
        |method| caller(method).is_some_and(|caller| caller != Caller::Internal),
    );
    let rest = Rest::new(&exposed, rest_options()).context("the contract has bad HTTP rules")?;
    let description = describe(pool, &exposed).context("the contract can't be described")?;
    let people = RemoteKeys::new(upstreams.identity.clone(), clock.clone());
    // Services call each other without the edge, so no service's token is good here.
    let edge = Edge { verifier: Verifier::new(people, ServiceKeys::default(), clock), rest: rest.clone() };
    let api = Router::new()
        .fallback_service(Front::new(rest, GrpcProxy::new(&exposed)))
        .layer(middleware::from_fn_with_state(edge, check));
    let router = Router::new()
        .route("/openapi.json", get(async || Json(description)))
        .merge(pages::router(upstreams))
        .fallback_service(api);
    Ok(secured(router).layer(cors(config)))
}

/// The headers that a browser is to hold every answer to. A page may set its own policy.
fn secured(router: Router) -> Router {
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    router
        .layer(header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(header(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"))
}

fn cors(config: &Config) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(config.gateway_cors_origins.clone()))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT_LANGUAGE, REQUEST_ID])
        .expose_headers([REQUEST_ID, header::RETRY_AFTER])
        .max_age(PREFLIGHT_AGE)
}
