//! The OpenID Connect provider of the installation: where people are sent, and what it says of those who come back.

mod flow;
mod http;
mod metadata;
mod redeem;

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use entente_runtime::clock::SharedClock;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
};
use secrecy::ExposeSecret as _;

pub use flow::{FLOW_LIFETIME, FLOW_SECONDS, Flow};
pub use redeem::Claims;

use crate::config::{Config, ProviderConfig};
use http::Http;
use metadata::Metadata;

/// How old a sign-in at the provider may be; older ones are made anew there. That it is asked for makes the provider say
/// how old this one is (OpenID Connect Core, section 2).
const MAX_AGE: Duration = Duration::from_secs(24 * 3600);

/// A client of the provider that knows its endpoints.
type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why a provider's sign-in goes no further.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It doesn't answer, or not as a provider does.
    #[error("the identity provider does not answer as it should")]
    Away(#[source] anyhow::Error),
    /// It doesn't stand by what was brought back.
    #[error("the identity provider does not confirm the sign-in")]
    Unconfirmed(#[source] anyhow::Error),
}

/// The provider.
pub struct Provider {
    issuer: IssuerUrl,
    client: ClientId,
    secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    http: Http,
    clock: SharedClock,
    metadata: Metadata,
}

impl Provider {
    /// The provider that the settings name; none where they name none.
    ///
    /// # Errors
    /// When a setting is missing or wrong; the message says which.
    pub fn new(config: &Config, clock: SharedClock) -> anyhow::Result<Option<Self>> {
        let ProviderConfig {
            issuer,
            client_id,
            client_secret,
            redirect_url,
        } = &config.provider;
        let Some(issuer) = issuer else {
            return Ok(None);
        };
        let client = client_id
            .clone()
            .context("set --identity-provider-client-id to the id that the provider knows Entente by")?;
        Ok(Some(Self {
            issuer: IssuerUrl::new(issuer.clone()).context("--identity-provider-issuer is no URL")?,
            client: ClientId::new(client),
            secret: client_secret
                .as_ref()
                .map(|secret| ClientSecret::new(secret.expose_secret().to_owned())),
            redirect: RedirectUrl::new(redirect_url.clone())
                .context("--identity-provider-redirect-url is no URL")?,
            http: Http::new()?,
            metadata: Metadata::new(),
            clock,
        }))
    }

    /// The provider's name for itself.
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Where to send a person for this flow.
    ///
    /// # Errors
    /// [`ProviderError::Away`].
    pub async fn authorization_url(&self, flow: &Flow) -> Result<String, ProviderError> {
        let client = self.client(self.metadata.get(self).await?);
        let verifier = PkceCodeVerifier::new(flow.verifier.clone());
        let (state, nonce) = (flow.state.clone(), flow.nonce.clone());
        let (url, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_max_age(MAX_AGE)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url.into())
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Client {
        CoreClient::from_provider_metadata(metadata, self.client.clone(), self.secret.clone())
            .set_redirect_uri(self.redirect.clone())
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}
