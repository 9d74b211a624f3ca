//! The services behind the gateway.

use std::collections::BTreeMap;

use entente_runtime::client::{Client, Options, channel};

/// The services that have methods for the outside, by their names.
const SERVICES: [&str; 5] = ["identity", "partners", "billing", "notifications", "audit"];

/// A way to each service. The gateway calls in its caller's name, so it brings no token of its own.
#[derive(Clone, Debug)]
pub struct Upstreams {
    /// For calls of the gateway's own, which have a limit where no deadline is around.
    pub(crate) identity: Client,
    /// The same.
    pub(crate) partners: Client,
    /// For calls that pass through, which have their caller's limit only: a stream may stay open.
    passing: BTreeMap<&'static str, Client>,
}

impl Upstreams {
    /// Finds each service's URL by its name; connects when first used. Call it inside of a Tokio runtime.
    ///
    /// # Errors
    /// When a URL is none.
    pub fn new(url: impl Fn(&'static str) -> String) -> anyhow::Result<Self> {
        let passing = |service| {
            anyhow::Ok((
                service,
                channel(&url(service), Options::default().without_timeout())?,
            ))
        };
        Ok(Self {
            identity: channel(&url("identity"), Options::default())?,
            partners: channel(&url("partners"), Options::default())?,
            passing: SERVICES.into_iter().map(passing).collect::<Result<_, _>>()?,
        })
    }

    /// The way to the service that owns a gRPC service: its folder is its proto package.
    pub(crate) fn of(&self, grpc_service: &str) -> Option<Client> {
        let owner = grpc_service.strip_prefix("entente.")?.split('.').next()?;
        self.passing.get(owner).cloned()
    }
}
