//! The edge: one port for REST, gRPC, the description of the API, and the pages that mailed links open.
//!
//! It knows no method by name: what it serves follows from the contract, without the methods that only services call. A
//! token is checked here, so that a bad one goes no further, and again by each service.

mod authentication;
mod config;
mod openapi;
mod pages;
mod routes;
mod upstream;

pub use config::Config;
pub use upstream::Upstreams;

use anyhow::Context as _;
use entente_contracts::DESCRIPTOR_SET;
use entente_runtime::clock::SharedClock;
use entente_runtime::server::Parts;
use entente_transcoder::problem;
use prost_reflect::DescriptorPool;

/// The name of this service.
pub const NAME: &str = "gateway";

/// Wires the gateway.
///
/// # Errors
/// When the contract can't be served, which a test excludes, or a setting is wrong.
pub fn build(upstreams: &Upstreams, clock: SharedClock, config: &Config) -> anyhow::Result<Parts> {
    let pool = DescriptorPool::decode(DESCRIPTOR_SET).context("the contract can't be read: build it again")?;
    let router = routes::router(&pool, upstreams, clock, config)?;
    let services = pool.services().map(|service| service.full_name().to_owned());
    let own: Vec<_> = services.filter(|service| upstream::owner(service).is_some()).collect();
    Ok(Parts::http(NAME, router, |status| {
        problem(&status, &routes::rest_options()).map(tonic::body::Body::new)
    })
    .describing(DESCRIPTOR_SET, own))
}
