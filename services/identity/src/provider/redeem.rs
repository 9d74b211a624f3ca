//! From the code that a person brings back to who they are.

use std::time::SystemTime;

use anyhow::anyhow;
use jiff::Timestamp;
use openidconnect::core::{CoreIdTokenClaims, CoreTokenResponse, CoreUserInfoClaims};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, Nonce, OAuth2TokenResponse as _, PkceCodeVerifier,
    RequestTokenError, TokenResponse as _,
};

use super::{Client, Flow, MAX_AGE, Provider, ProviderError};
use crate::domain::email::EmailAddress;

/// How a provider says that it has seen a second factor (RFC 8176).
const SECOND_FACTORS: [&str; 2] = ["otp", "mfa"];
/// How far ahead of ours the provider's clock may be.
const DRIFT_SECONDS: i64 = 60;

/// What the provider says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who it is, to the provider.
    pub subject: String,
    /// Their address, if the provider has verified that it is theirs.
    pub verified_email: Option<EmailAddress>,
    /// Whether the provider has seen a second factor.
    pub second_factor: bool,
    /// When they signed in at the provider.
    pub auth_time: Timestamp,
}

impl Provider {
    /// Trades the code that came back for what the provider says of the person.
    ///
    /// # Errors
    /// [`ProviderError::Away`], or [`ProviderError::Unconfirmed`] for a code that isn't the flow's, or a token that the
    /// provider didn't make for it now.
    pub async fn redeem(&self, flow: &Flow, code: String, now: Timestamp) -> Result<Claims, ProviderError> {
        let client = self.client(self.metadata.get(self).await?);
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| ProviderError::Away(error.into()))?
            .set_pkce_verifier(PkceCodeVerifier::new(flow.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(_) => ProviderError::Unconfirmed(error.into()),
                RequestTokenError::Request(_)
                | RequestTokenError::Parse(..)
                | RequestTokenError::Other(_) => ProviderError::Away(error.into()),
            })?;
        let claims = match verified(&client, &answer, flow, now) {
            Ok(claims) => claims,
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                self.metadata.forget().await;
                let renewed = self.client(self.metadata.get(self).await?);
                verified(&renewed, &answer, flow, now).map_err(unconfirmed)?
            }
            Err(error) => return Err(unconfirmed(error)),
        };
        let verified_email = match claims.email() {
            Some(email) => verified_email(email, claims.email_verified()),
            None => self.asked_email(&client, &answer, &claims).await?,
        };
        let methods = claims.auth_method_refs().into_iter().flatten();
        Ok(Claims {
            subject: claims.subject().to_string(),
            verified_email,
            second_factor: methods
                .into_iter()
                .any(|method| SECOND_FACTORS.contains(&method.as_str())),
            auth_time: auth_time(claims.auth_time().map(|time| time.timestamp()), now),
        })
    }

    /// The address, from a provider that gives it only to who asks for it (OpenID Connect Core, section 5.4).
    async fn asked_email(
        &self,
        client: &Client,
        answer: &CoreTokenResponse,
        claims: &CoreIdTokenClaims,
    ) -> Result<Option<EmailAddress>, ProviderError> {
        let Ok(request) = client.user_info(answer.access_token().clone(), Some(claims.subject().clone()))
        else {
            // It has nowhere to ask.
            return Ok(None);
        };
        let told: CoreUserInfoClaims = request
            .request_async(&self.http)
            .await
            .map_err(|error| ProviderError::Away(error.into()))?;
        Ok(told
            .email()
            .and_then(|email| verified_email(email, told.email_verified())))
    }
}

fn verified(
    client: &Client,
    answer: &CoreTokenResponse,
    flow: &Flow,
    now: Timestamp,
) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
    let token = answer
        .id_token()
        .ok_or_else(|| ClaimsVerificationError::Other("the answer has no id token".to_owned()))?;
    let latest = now.as_second().saturating_add(DRIFT_SECONDS);
    let verifier = client
        .id_token_verifier()
        .set_time_fn(move || SystemTime::from(now).into())
        .set_issue_time_verifier_fn(move |issued| {
            if issued.timestamp() <= latest {
                return Ok(());
            }
            Err("the token is from the future".to_owned())
        });
    token.claims(&verifier, &Nonce::new(flow.nonce.clone())).cloned()
}

/// When somebody signed in at the provider, who says so in seconds. It may have been long before they come here. Where it
/// says nothing, nothing proves more than what it was asked for.
fn auth_time(told: Option<i64>, now: Timestamp) -> Timestamp {
    let oldest = now.saturating_sub(MAX_AGE).unwrap_or(now);
    let told = told.and_then(|seconds| Timestamp::from_second(seconds).ok());
    told.unwrap_or(oldest).min(now)
}

fn unconfirmed(error: ClaimsVerificationError) -> ProviderError {
    ProviderError::Unconfirmed(anyhow!(error).context("the id token"))
}

fn verified_email(email: &str, verified: Option<bool>) -> Option<EmailAddress> {
    (verified == Some(true)).then(|| EmailAddress::new(email))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decision::RECENT;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    #[test]
    fn a_sign_in_is_as_old_as_the_provider_says_and_never_of_the_future() {
        assert_eq!(auth_time(Some(NOW.as_second() - 600), NOW), NOW - RECENT * 2);
        assert_eq!(auth_time(Some(NOW.as_second() + 60), NOW), NOW);
    }

    #[test]
    fn a_sign_in_of_no_known_time_is_not_recent() {
        assert!(NOW.duration_since(auth_time(None, NOW)) > RECENT);
        assert!(NOW.duration_since(auth_time(Some(i64::MAX), NOW)) > RECENT);
    }
}
