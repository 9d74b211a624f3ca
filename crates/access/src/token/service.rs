//! A service's own token: short, signed with a key whose public half the others have by configuration.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use entente_runtime::clock::SharedClock;
use http::HeaderValue;
use serde::Deserialize;
use serde_json::json;

use super::lifetime::Lifetime;
use crate::keys::{KeyError, PrivateKey, PublicKey};
use crate::{Reason, jws};

/// Stands before the name in `iss`, `sub` and `kid`.
const PREFIX: &str = "service:";

/// For how long a token is good.
const LIFETIME_SECONDS: i64 = 60;

/// What a token must still have before it: the call that it goes with takes time.
const LEAST_SECONDS: i64 = 20;

/// How far ahead the end of a token may lie. Longer ones would be worth stealing.
const FURTHEST_SECONDS: i64 = 120;

/// Signs a service's own tokens. One serves for 40 seconds.
pub struct ServiceSigner {
    subject: String,
    key: PrivateKey,
    clock: SharedClock,
    current: ArcSwapOption<Signed>,
}

struct Signed {
    header: HeaderValue,
    expires: i64,
}

impl ServiceSigner {
    /// Signs as the service of that name, such as `partners`.
    pub fn new(name: &str, key: PrivateKey, clock: SharedClock) -> Self {
        Self {
            subject: format!("{PREFIX}{name}"),
            key,
            clock,
            current: ArcSwapOption::empty(),
        }
    }

    /// The `authorization` header of a call that begins now, marked as sensitive so that nothing prints it.
    pub fn authorization(&self) -> HeaderValue {
        let now = self.clock.now().as_second();
        let lasts = now.saturating_add(LEAST_SECONDS)..=now.saturating_add(LIFETIME_SECONDS);
        if let Some(signed) = self
            .current
            .load()
            .as_ref()
            .filter(|signed| lasts.contains(&signed.expires))
        {
            return signed.header.clone();
        }
        let expires = now.saturating_add(LIFETIME_SECONDS);
        let header = self.sign(now, expires);
        self.current.store(Some(Arc::new(Signed {
            header: header.clone(),
            expires,
        })));
        header
    }

    fn sign(&self, now: i64, expires: i64) -> HeaderValue {
        let claims = json!({ "iss": self.subject, "sub": self.subject, "iat": now, "exp": expires });
        let token = jws::sign(&self.key, &self.subject, &claims);
        // Base64url always fits; were it not to, a header without a token is refused.
        let mut header =
            HeaderValue::try_from(format!("Bearer {token}")).unwrap_or(HeaderValue::from_static("Bearer"));
        header.set_sensitive(true);
        header
    }

    /// The key that verifies what it signs.
    pub fn public(&self) -> PublicKey {
        self.key.public()
    }
}

impl fmt::Debug for ServiceSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceSigner")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// A service and a key that it signs with; in configuration `partners=<base64url>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceKey {
    /// The name of the service.
    pub name: String,
    /// The public half.
    pub key: PublicKey,
}

/// A text that names no service and key.
#[derive(Debug, thiserror::Error)]
pub enum ServiceKeyError {
    /// There is no name, or no `=`.
    #[error(
        "names no service: write it as name=key, such as partners=11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    )]
    Name,
    /// What follows is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl FromStr for ServiceKey {
    type Err = ServiceKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, key) = text.split_once('=').ok_or(ServiceKeyError::Name)?;
        let name = name.trim();
        if name.is_empty() {
            return Err(ServiceKeyError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            key: key.parse()?,
        })
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.key)
    }
}

/// The keys that services sign with. While a service changes its key it has two.
#[derive(Debug, Clone, Default)]
pub struct ServiceKeys(HashMap<Arc<str>, Vec<PublicKey>>);

impl ServiceKeys {
    /// The service that a key id belongs to, with its keys. Outer none where it isn't a service's at all.
    pub(crate) fn find(&self, key_id: &str) -> Option<Option<(&Arc<str>, &[PublicKey])>> {
        let name = key_id.strip_prefix(PREFIX)?;
        Some(
            self.0
                .get_key_value(name)
                .map(|(name, keys)| (name, keys.as_slice())),
        )
    }
}

impl FromIterator<ServiceKey> for ServiceKeys {
    fn from_iter<I: IntoIterator<Item = ServiceKey>>(keys: I) -> Self {
        let mut all: HashMap<Arc<str>, Vec<PublicKey>> = HashMap::new();
        for ServiceKey { name, key } in keys {
            all.entry(name.into()).or_default().push(key);
        }
        Self(all)
    }
}

#[derive(Deserialize)]
pub(crate) struct ServiceClaims {
    iss: String,
    sub: String,
    iat: i64,
    nbf: Option<i64>,
    exp: i64,
}

impl ServiceClaims {
    /// When the proof ends, in seconds since 1970. `subject` is whose key has signed it.
    pub(crate) fn check(&self, subject: &str, now: i64) -> Result<i64, Reason> {
        let own = self.sub == subject && self.iss == subject;
        if !own || self.exp > now.saturating_add(FURTHEST_SECONDS) {
            return Err(Reason::TokenInvalid);
        }
        Lifetime {
            issued: self.iat,
            not_before: self.nbf,
            expires: self.exp,
        }
        .check(now)?;
        Ok(self.exp)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use entente_runtime::clock::ManualClock;
    use entente_runtime::random::SeededRandom;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_token_serves_until_it_has_less_than_twenty_seconds() {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let key = PrivateKey::generate(&SeededRandom::new(1));
        let signer = ServiceSigner::new("partners", key, clock.clone());
        let first = signer.authorization();

        clock.advance(Duration::from_secs(40));
        assert_eq!(signer.authorization(), first);
        clock.advance(Duration::from_secs(1));
        assert_ne!(signer.authorization(), first);
    }

    #[test]
    fn a_clock_set_back_brings_a_new_token() {
        let clock = Arc::new(ManualClock::new(Timestamp::constant(1_700_000_000, 0)));
        let key = PrivateKey::generate(&SeededRandom::new(1));
        let signer = ServiceSigner::new("partners", key, clock.clone());
        let first = signer.authorization();

        clock.set(Timestamp::constant(1_600_000_000, 0));

        assert_ne!(signer.authorization(), first);
    }

    #[test]
    fn nothing_prints_a_token() {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let signer = ServiceSigner::new("partners", PrivateKey::generate(&SeededRandom::new(1)), clock);

        let printed = format!("{:?} {signer:?}", signer.authorization());

        assert!(!printed.contains("ey"), "{printed}");
    }

    #[test]
    fn a_configured_key_reads_back_and_a_wrong_one_says_how_to_write_it() {
        let key = PrivateKey::generate(&SeededRandom::new(1)).public();
        let configured = ServiceKey {
            name: "partners".to_owned(),
            key,
        };

        assert_eq!(configured.to_string().parse::<ServiceKey>().unwrap(), configured);
        for wrong in ["", "partners", "=x", "partners=x"] {
            assert!(wrong.parse::<ServiceKey>().is_err(), "{wrong}");
        }
    }
}
