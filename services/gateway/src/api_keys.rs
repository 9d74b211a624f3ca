//! API keys are exchanged at the edge: what goes on to the services is a short access token.

use std::fmt;
use std::time::Duration;

use entente_access::Reason;
use entente_contracts::identity::v1::ExchangeApiKeyRequest;
use entente_contracts::identity::v1::service_account_service_client::ServiceAccountServiceClient;
use entente_runtime::client::Client;
use entente_runtime::clock::SharedClock;
use entente_runtime::status;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tonic::{Code, Status};

/// Where a key can stand besides `authorization`.
pub(crate) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// How every key begins.
const PREFIX: &str = "entk_";

/// Ours are under 100 characters.
const LONGEST: usize = 256;

/// For how many seconds a token serves before the key is shown to identity again, so that its last use is known to the
/// minute. That a key was revoked shows at once, since its tokens die with it.
const SERVES_SECONDS: i64 = 60;

/// What a token must still have before it: the call that it goes with takes time.
const LEAST_SECONDS: i64 = 20;

const MOST_REMEMBERED: u64 = 100_000;

/// Longer than a token serves. Only to free memory.
const REMEMBERED_FOR: Duration = Duration::from_mins(2);

/// By the SHA-256 of the key, so that no key lies in memory.
type Fingerprint = [u8; 32];

/// Exchanges keys, and remembers what for. Cheap to clone; clones remember together.
#[derive(Clone)]
pub(crate) struct ApiKeys {
    identity: ServiceAccountServiceClient<Client>,
    clock: SharedClock,
    exchanged: Cache<Fingerprint, Exchanged>,
}

#[derive(Clone)]
struct Exchanged {
    authorization: HeaderValue,
    until: i64,
}

impl ApiKeys {
    /// Exchanges keys at `identity`.
    pub(crate) fn new(identity: Client, clock: SharedClock) -> Self {
        let exchanged = Cache::builder()
            .max_capacity(MOST_REMEMBERED)
            .time_to_live(REMEMBERED_FOR)
            .build();
        Self {
            identity: ServiceAccountServiceClient::new(identity),
            clock,
            exchanged,
        }
    }

    /// Puts an access token in the place of the key that came, if one came.
    ///
    /// # Errors
    /// UNAUTHENTICATED for a key that isn't good or isn't alone, UNAVAILABLE while identity can't be asked.
    pub(crate) async fn replace(&self, headers: &mut HeaderMap) -> Result<(), Status> {
        let Some(key) = presented(headers)? else {
            return Ok(());
        };
        let authorization = self.authorization(key).await?;
        headers.remove(API_KEY);
        headers.insert(header::AUTHORIZATION, authorization);
        Ok(())
    }

    async fn authorization(&self, key: SecretString) -> Result<HeaderValue, Status> {
        let fingerprint: Fingerprint = Sha256::digest(key.expose_secret()).into();
        let now = self.clock.now().as_second();
        let known = self.exchanged.get(&fingerprint).await;
        if let Some(known) = known.filter(|known| now < known.until) {
            return Ok(known.authorization);
        }
        self.exchanged.invalidate(&fingerprint).await;
        // Of many calls at once with the same key, one asks.
        let exchanged = self
            .exchanged
            .try_get_with(fingerprint, self.exchange(key, now))
            .await
            .map_err(|status| Status::clone(&status))?;
        Ok(exchanged.authorization)
    }

    async fn exchange(&self, key: SecretString, now: i64) -> Result<Exchanged, Status> {
        let request = ExchangeApiKeyRequest {
            key: key.expose_secret().to_owned(),
        };
        let answer = self.identity.clone().exchange_api_key(request).await;
        let answer = answer.map_err(refused)?.into_inner();
        let mut authorization = HeaderValue::try_from(format!("Bearer {}", answer.access_token))
            .map_err(|error| status::internal(anyhow::Error::new(error)))?;
        authorization.set_sensitive(true);
        let left = i64::from(answer.expires_in).saturating_sub(LEAST_SECONDS);
        Ok(Exchanged {
            authorization,
            until: now.saturating_add(left.min(SERVES_SECONDS)),
        })
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeys")
    }
}

/// The key that comes with a request. With anything beside it, it isn't clear who calls.
fn presented(headers: &HeaderMap) -> Result<Option<SecretString>, Reason> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(of_authorization);
    let mut own = headers.get_all(API_KEY).iter();
    let key = match (own.next(), bearer) {
        (None, None) => return Ok(None),
        (None, Some(key)) => key,
        (Some(value), None) if !headers.contains_key(header::AUTHORIZATION) => {
            value.to_str().map_err(|_| Reason::TokenInvalid)?.trim()
        }
        (Some(_), _) => return Err(Reason::TokenInvalid),
    };
    let alone = own.next().is_none() && headers.get_all(header::AUTHORIZATION).iter().count() <= 1;
    if !alone || !key.starts_with(PREFIX) || key.len() > LONGEST {
        return Err(Reason::TokenInvalid);
    }
    Ok(Some(key.to_owned().into()))
}

fn of_authorization(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(PREFIX)).then_some(token)
}

/// What the caller is told: a refusal of the key as identity says it, and nothing of our own call.
fn refused(status: Status) -> Status {
    match status.code() {
        Code::Unauthenticated => {
            Status::with_details(status.code(), status.message(), status.details().to_vec().into())
        }
        Code::Unavailable
        | Code::ResourceExhausted
        | Code::Cancelled
        | Code::Aborted
        | Code::DeadlineExceeded => {
            tracing::warn!(error = ?status, "identity could not be asked for an API key");
            Reason::DecisionUnavailable.into()
        }
        Code::InvalidArgument => Reason::TokenInvalid.into(),
        Code::Ok
        | Code::Unknown
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss => {
            status::internal(anyhow::Error::new(status).context("identity refused to exchange an API key"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_key_stands_in_either_header() {
        for (name, value) in [
            (header::AUTHORIZATION, "Bearer entk_a_b"),
            (header::AUTHORIZATION, "bearer  entk_a_b"),
            (API_KEY, "entk_a_b"),
        ] {
            let found = presented(&headers(&[(name, value)])).unwrap().unwrap();
            assert_eq!(found.expose_secret(), "entk_a_b");
        }
    }

    #[test]
    fn an_access_token_is_no_key() {
        assert!(presented(&headers(&[])).unwrap().is_none());
        let token = headers(&[(header::AUTHORIZATION, "Bearer eyJ.a.b")]);
        assert!(presented(&token).unwrap().is_none());
    }

    #[test]
    fn a_key_comes_alone() {
        let long = format!("entk_{}", "x".repeat(LONGEST));
        for lines in [
            &[(API_KEY, "entk_a_b"), (API_KEY, "entk_a_c")][..],
            &[(API_KEY, "entk_a_b"), (header::AUTHORIZATION, "Bearer entk_a_b")][..],
            &[(API_KEY, "entk_a_b"), (header::AUTHORIZATION, "Bearer eyJ.a.b")][..],
            &[
                (header::AUTHORIZATION, "Bearer entk_a_b"),
                (header::AUTHORIZATION, "Bearer eyJ.a.b"),
            ][..],
            &[(API_KEY, "sk-1234")][..],
            &[(API_KEY, long.as_str())][..],
        ] {
            assert_eq!(presented(&headers(lines)).unwrap_err(), Reason::TokenInvalid);
        }
    }
}
