//! The services behind the gateway.

use entente_runtime::client::{Client, Options, channel};

/// A way to each service. The gateway calls in its caller's name, so it brings no token of its own.
#[derive(Clone, Debug)]
pub struct Upstreams {
    pub(crate) identity: Client,
    pub(crate) partners: Client,
    billing: Client,
    notifications: Client,
    audit: Client,
}

impl Upstreams {
    /// Finds each service's URL by its name; connects when first used.
    ///
    /// # Errors
    /// When a URL is none.
    pub fn new(url: impl Fn(&'static str) -> String) -> anyhow::Result<Self> {
        let client = |service| channel(&url(service), Options::default());
        Ok(Self {
            identity: client("identity")?,
            partners: client("partners")?,
            billing: client("billing")?,
            notifications: client("notifications")?,
            audit: client("audit")?,
        })
    }

    pub(crate) fn of(&self, grpc_service: &str) -> Option<&Client> {
        match owner(grpc_service)? {
            "identity" => Some(&self.identity),
            "partners" => Some(&self.partners),
            "billing" => Some(&self.billing),
            "notifications" => Some(&self.notifications),
            "audit" => Some(&self.audit),
            _ => None,
        }
    }
}

/// The service that owns a gRPC service: its folder is its proto package.
pub(crate) fn owner(grpc_service: &str) -> Option<&str> {
    grpc_service.strip_prefix("entente.")?.split('.').next()
}
