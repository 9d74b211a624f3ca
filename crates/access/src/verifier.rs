//! Reads the token of a call.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use entente_runtime::clock::SharedClock;
use http::{HeaderMap, header};
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::jws::{self, Unverified};
use crate::keys::PublicKey;
use crate::token::{PersonClaims, ServiceClaims};
use crate::{KeySource, Principal, Reason, ServiceKeys};

/// Some 20 MB when it is full.
const MOST_REMEMBERED: u64 = 100_000;

/// Longer than any token lasts. Only to free memory: whether a token still holds is asked of the clock, each time.
const REMEMBERED_FOR: Duration = Duration::from_mins(10);

type Fingerprint = [u8; 32];

/// Tells who calls by the token that comes with the call. Cheap to clone; clones remember together.
///
/// A token that was verified once costs a hash and a look-up until it expires, as a verification costs more than a
/// call.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    people: Box<dyn KeySource>,
    services: ServiceKeys,
    clock: SharedClock,
    verified: Cache<Fingerprint, Verified>,
}

#[derive(Clone)]
struct Verified {
    principal: Principal,
    expires: i64,
}

/// What can be said of a call without waiting.
pub(crate) enum Glance<'a> {
    Settled(Result<Principal, Reason>),
    New(&'a str, Fingerprint),
}

impl Verifier {
    /// Verifies people's tokens with keys from `people`, and services' with `services`.
    pub fn new(people: impl KeySource, services: ServiceKeys, clock: SharedClock) -> Self {
        let verified = Cache::builder()
            .max_capacity(MOST_REMEMBERED)
            .time_to_live(REMEMBERED_FOR)
            .build();
        Self(Arc::new(Inner {
            people: Box::new(people),
            services,
            clock,
            verified,
        }))
    }

    /// Who calls with these headers. No `authorization` at all is [`Principal::Anonymous`].
    ///
    /// # Errors
    /// [`Reason::TokenInvalid`], [`Reason::TokenExpired`], or [`Reason::DecisionUnavailable`] when a key is needed
    /// that identity can't be asked for.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Principal, Reason> {
        match self.glance(headers) {
            Glance::Settled(result) => result,
            Glance::New(token, fingerprint) => self.verify(token, fingerprint).await,
        }
    }

    pub(crate) fn glance<'a>(&self, headers: &'a HeaderMap) -> Glance<'a> {
        let token = match bearer(headers) {
            Ok(Some(token)) => token,
            Ok(None) => return Glance::Settled(Ok(Principal::Anonymous)),
            Err(reason) => return Glance::Settled(Err(reason)),
        };
        let fingerprint: Fingerprint = Sha256::digest(token).into();
        let Some(verified) = self.0.verified.get(&fingerprint) else {
            return Glance::New(token, fingerprint);
        };
        if verified.expires <= self.now() {
            return Glance::Settled(Err(Reason::TokenExpired));
        }
        Glance::Settled(Ok(verified.principal))
    }

    /// Verifies a token that isn't remembered.
    pub(crate) async fn verify(&self, token: &str, fingerprint: Fingerprint) -> Result<Principal, Reason> {
        let token = Unverified::parse(token).ok_or(Reason::TokenInvalid)?;
        let (principal, expires) = match self.0.services.find(&token.key_id) {
            Some(service) => {
                let (name, keys) = service.ok_or(Reason::TokenInvalid)?;
                self.service(&token, name, keys)?
            }
            None => self.person(&token).await?,
        };
        let verified = Verified {
            principal: principal.clone(),
            expires,
        };
        self.0.verified.insert(fingerprint, verified);
        Ok(principal)
    }

    fn service(
        &self,
        token: &Unverified<'_>,
        name: &Arc<str>,
        keys: &[PublicKey],
    ) -> Result<(Principal, i64), Reason> {
        let signed = keys.iter().find_map(|key| token.claims::<ServiceClaims>(key));
        let expires = signed
            .ok_or(Reason::TokenInvalid)?
            .check(&token.key_id, self.now())?;
        Ok((
            Principal::Service {
                name: Arc::clone(name),
            },
            expires,
        ))
    }

    async fn person(&self, token: &Unverified<'_>) -> Result<(Principal, i64), Reason> {
        let key = self.0.people.key(&token.key_id).await?;
        let claims = token.claims::<PersonClaims>(&key).ok_or(Reason::TokenInvalid)?;
        claims.check(self.now())
    }

    fn now(&self) -> i64 {
        self.0.clock.now().as_second()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("services", &self.0.services)
            .finish_non_exhaustive()
    }
}

/// The token in `authorization: Bearer …` (RFC 6750; the name of the scheme is in any case, RFC 9110).
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Reason> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    // Of two, the one that we read might not be the one that somebody before us has checked.
    if values.next().is_some() || value.len() > jws::LONGEST {
        return Err(Reason::TokenInvalid);
    }
    let text = value.to_str().map_err(|_| Reason::TokenInvalid)?;
    let (scheme, token) = text.split_once(' ').ok_or(Reason::TokenInvalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Reason::TokenInvalid);
    }
    Ok(Some(token.trim()))
}
