//! One port for all of it.

use std::future::ready;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::MethodRouter;
use entente_contracts::access::v1::Caller;
use entente_runtime::MatchedRoute;
use entente_runtime::clock::SharedClock;
use entente_transcoder::{Exposed, Front, GrpcProxy, MatchedTemplate, Reason, Rest, RestOptions, upstream};
use http::HeaderName;
use prost_reflect::DescriptorPool;

use crate::authentication::{Edge, check};
use crate::incoming::{FORWARDED_FOR, FORWARDED_USER_AGENT, stamp};
use crate::openapi::{caller, describe};
use crate::security::secure;
use crate::{Config, Upstreams, cors, documents, messages, pages};

/// Where a problem's type leads: the page that explains its reason.
const REASONS: &str = "/docs/errors#";
const MAX_REQUEST_BYTES: usize = 1 << 20;

/// How REST answers.
pub(crate) fn rest_options() -> RestOptions {
    RestOptions {
        problem_type_base: REASONS.to_owned(),
        problem_domain: "entente".to_owned(),
        localize: Some(messages::localize),
        max_request_bytes: MAX_REQUEST_BYTES,
        request_metadata: [FORWARDED_FOR, FORWARDED_USER_AGENT]
            .map(HeaderName::from_static)
            .into(),
        ..RestOptions::default()
    }
}

/// What is served: every method that isn't for services alone.
pub(crate) fn exposed(pool: &DescriptorPool, upstreams: &Upstreams) -> Exposed {
    Exposed::new(
        pool,
        |service| upstreams.of(service.full_name()).map(upstream),
        |method| caller(method).is_some_and(|caller| caller != Caller::Internal),
    )
}

/// The whole surface of the gateway.
pub(crate) fn router(
    pool: &DescriptorPool,
    exposed: &Exposed,
    upstreams: &Upstreams,
    clock: SharedClock,
    config: &Config,
) -> anyhow::Result<Router> {
    let options = RestOptions {
        body_timeout: config.gateway_body_timeout,
        ..rest_options()
    };
    let rest = Rest::new(exposed, options).context("the contract has bad HTTP rules")?;
    let description = describe(pool, exposed).context("the contract can't be described")?;
    let edge = Edge::new(upstreams.identity.clone(), clock, rest.clone());
    let api = Router::new()
        .fallback_service(Front::new(rest.clone(), GrpcProxy::new(exposed)))
        .layer(from_fn_with_state(edge, check));
    let router = documents::router(&description)
        .merge(pages::router(upstreams, config.gateway_body_timeout))
        .method_not_allowed_fallback(async move |request: Request| wrong_method(&rest, request))
        .fallback_service(api)
        .layer(map_response(named_by_template))
        .layer(from_fn_with_state(config.gateway_proxies, stamp));
    Ok(cors::allow(router, &config.gateway_cors_origins)
        .layer(map_response(async |response| secure(response))))
}

/// A route that telemetry knows by its own path.
pub(crate) fn named<S>(router: Router<S>, path: &'static str, methods: MethodRouter<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let name = MatchedRoute(Arc::from(path));
    let methods = methods.layer(map_response(move |mut response: Response| {
        response.extensions_mut().insert(name.clone());
        ready(response)
    }));
    router.route(path, methods)
}

/// Tells telemetry which template of the contract a request matched.
async fn named_by_template(mut response: Response) -> Response {
    if let Some(MatchedTemplate(template)) = response.extensions_mut().remove() {
        response.extensions_mut().insert(MatchedRoute(template));
    }
    response
}

/// The gateway's own routes refuse a method as those of the contract do; what they answer stands in `allow`.
fn wrong_method(rest: &Rest, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let detail = "this path doesn't answer this method; use one of those in `allow`";
    rest.refusal(Reason::MethodNotAllowed, detail, &parts)
}
