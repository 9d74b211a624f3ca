//! The edge: one port for REST, gRPC, the description of the API, and the pages that mailed links open.
//!
//! It knows no method by name: what it serves follows from the contract, without the methods that only services call. A
//! token is checked here, so that a bad one goes no further, and again by each service.

mod api_keys;
mod authentication;
mod config;
mod cors;
mod documents;
mod incoming;
mod language;
mod messages;
mod openapi;
mod pages;
mod routes;
mod security;
mod upstream;

use std::collections::BTreeSet;

use anyhow::Context as _;
use entente_contracts::DESCRIPTOR_SET;
use entente_runtime::clock::SharedClock;
use entente_runtime::server::Parts;
use entente_transcoder::problem;
use http::Response;
use prost_reflect::DescriptorPool;
use tonic::Status;

pub use config::Config;
pub use upstream::Upstreams;

/// The name of this service.
pub const NAME: &str = "gateway";

/// Wires the gateway.
///
/// # Errors
/// When the contract can't be served, which a test excludes, or a setting is wrong.
pub fn build(upstreams: &Upstreams, clock: SharedClock, config: &Config) -> anyhow::Result<Parts> {
    let pool =
        DescriptorPool::decode(DESCRIPTOR_SET).context("the contract can't be read: build it again")?;
    let exposed = routes::exposed(&pool, upstreams);
    let services: BTreeSet<_> = exposed
        .methods()
        .map(|method| method.parent_service().full_name().to_owned())
        .collect();
    let router = routes::router(&pool, &exposed, upstreams, clock, config)?;
    Ok(Parts::http(NAME, router, refuse)
        .describing(DESCRIPTOR_SET, services)
        .showing_paths(pages::shown))
}

/// What the stack around the router says where it refuses or ends a request.
fn refuse(status: Status) -> Response<tonic::body::Body> {
    let response = problem(&status, &routes::rest_options());
    security::secure(response).map(tonic::body::Body::new)
}
