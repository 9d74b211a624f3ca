//! The other services, as a service calls them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use anyhow::Context as _;
use entente_access::{
    AccessGuard, AuthenticationLayer, RemoteDecider, RemoteKeys, ServiceKeys, ServiceSigner, Verifier,
};
use entente_contracts::SharedGuard;
use entente_runtime::client::{self, Client};
use entente_runtime::clock::SharedClock;

/// Where the other services are, and how this one proves to them who it is.
#[derive(Clone)]
pub struct Peers {
    urls: BTreeMap<&'static str, String>,
    signer: Arc<ServiceSigner>,
    keys: ServiceKeys,
    clock: SharedClock,
}

impl Peers {
    /// The services by name and URL, this service's signer, and the public keys of all.
    pub fn new(
        urls: BTreeMap<&'static str, String>,
        signer: ServiceSigner,
        keys: ServiceKeys,
        clock: SharedClock,
    ) -> Self {
        Self {
            urls,
            signer: Arc::new(signer),
            keys,
            clock,
        }
    }

    /// A way to a service; it connects when it is first used.
    ///
    /// # Errors
    /// When no URL is configured for the service, or it is none.
    pub fn client(&self, service: &str) -> anyhow::Result<Client> {
        client::channel(self.url(service)?, self.options())
    }

    /// Verifies tokens: people's with the keys that identity publishes, services' with the configured ones.
    ///
    /// # Errors
    /// As [`Peers::client`].
    pub fn verifier(&self) -> anyhow::Result<Verifier> {
        let people = RemoteKeys::new(self.client("identity")?, self.clock.clone());
        Ok(Verifier::new(people, self.keys.clone(), self.clock.clone()))
    }

    /// Reads the tokens of calls.
    ///
    /// # Errors
    /// As [`Peers::client`].
    pub fn authentication(&self) -> anyhow::Result<AuthenticationLayer> {
        Ok(AuthenticationLayer::new(self.verifier()?))
    }

    /// The guard that asks identity.
    ///
    /// # Errors
    /// As [`Peers::client`].
    pub fn guard(&self) -> anyhow::Result<SharedGuard> {
        let decider = RemoteDecider::new(self.client("identity")?);
        Ok(SharedGuard::new(AccessGuard::new(decider, self.clock.clone())))
    }

    /// The public keys of all services.
    pub fn keys(&self) -> &ServiceKeys {
        &self.keys
    }

    fn url(&self, service: &str) -> anyhow::Result<&str> {
        let url = self
            .urls
            .get(service)
            .with_context(|| format!("set ENTENTE_{}_URL", service.to_uppercase()))?;
        Ok(url)
    }

    fn options(&self) -> client::Options {
        let signer = Arc::clone(&self.signer);
        client::Options::default().with_token(move || {
            let authorization = signer.authorization();
            async move { Ok(authorization) }
        })
    }
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peers")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}
