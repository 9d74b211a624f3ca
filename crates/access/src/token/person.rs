//! A person's token, and a service account's.

use std::fmt;
use std::time::Duration;

use entente_ids::PrincipalId;
use entente_runtime::clock::SharedClock;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::lifetime::Lifetime;
use crate::jws;
use crate::keys::{PrivateKey, PublicKey};
use crate::{Person, Principal, Reason, ServiceAccount};

const ISSUER: &str = "entente";

/// How a person proved who they are, in the words of RFC 8176: by a password, and by a one-time password.
const PASSWORD: &str = "pwd";
const ONE_TIME_PASSWORD: &str = "otp";

/// Signs the access tokens of people and of service accounts.
pub struct TokenSigner {
    key: PrivateKey,
    key_id: String,
    clock: SharedClock,
}

impl TokenSigner {
    /// For how long a token is good: five minutes.
    pub const LIFETIME: Duration = Duration::from_mins(5);

    /// The same in seconds, as `Tokens.expires_in` has it.
    pub const LIFETIME_SECONDS: i32 = 300;

    /// Signs with this key. Its public half must be in the key set that identity publishes.
    pub fn new(key: PrivateKey, clock: SharedClock) -> Self {
        Self {
            key_id: key.public().id(),
            key,
            clock,
        }
    }

    /// A token that proves who `person` is, from now on.
    pub fn sign(&self, person: &Person) -> String {
        self.sign_at(person, self.clock.now())
    }

    /// A token that proves who `person` is, from that time on. Who looks something up first, and gives the time before
    /// that, lets no token outlive the memory of what ended it meanwhile.
    pub fn sign_at(&self, person: &Person, time: Timestamp) -> String {
        let now = time.as_second();
        let claims = json!({
            "iss": ISSUER,
            "sub": person.user.to_string(),
            "sid": person.session.to_string(),
            "org": person.organization.to_string(),
            "auth_time": person.auth_time.as_second(),
            "amr": methods(person),
            "iat": now,
            "exp": now.saturating_add(i64::from(Self::LIFETIME_SECONDS)),
        });
        jws::sign(&self.key, &self.key_id, &claims)
    }

    /// A token that proves which service account calls, from that time on until `end` at the latest, and for how many seconds
    /// it does.
    pub fn sign_service_account(
        &self,
        own: &ServiceAccount,
        time: Timestamp,
        end: Timestamp,
    ) -> (String, i32) {
        let now = time.as_second();
        let left = i32::try_from(end.as_second().saturating_sub(now)).unwrap_or(i32::MAX);
        let seconds = left.clamp(0, Self::LIFETIME_SECONDS);
        let claims = json!({
            "iss": ISSUER,
            "sub": own.account.to_string(),
            "sid": own.session.to_string(),
            "org": own.organization.to_string(),
            "iat": now,
            "exp": now.saturating_add(i64::from(seconds)),
        });
        (jws::sign(&self.key, &self.key_id, &claims), seconds)
    }

    /// The key that verifies what it signs.
    pub fn public(&self) -> PublicKey {
        self.key.public()
    }
}

/// Whoever showed a second factor showed a first one before.
fn methods(person: &Person) -> &'static [&'static str] {
    if person.second_factor {
        &[PASSWORD, ONE_TIME_PASSWORD]
    } else {
        &[PASSWORD]
    }
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSigner")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
pub(crate) struct PersonClaims {
    iss: String,
    sub: String,
    sid: String,
    org: String,
    /// Absent for a service account, which proves nothing anew.
    auth_time: Option<i64>,
    /// Absent means that nothing is known of how: no second factor then.
    #[serde(default)]
    amr: Vec<String>,
    iat: i64,
    nbf: Option<i64>,
    exp: i64,
}

impl PersonClaims {
    /// Who it is, and when the proof ends, in seconds since 1970.
    pub(crate) fn check(&self, now: i64) -> Result<(Principal, i64), Reason> {
        if self.iss != ISSUER {
            return Err(Reason::TokenInvalid);
        }
        Lifetime {
            issued: self.iat,
            not_before: self.nbf,
            expires: self.exp,
        }
        .check(now)?;
        let principal = self.principal().ok_or(Reason::TokenInvalid)?;
        Ok((principal, self.exp))
    }

    fn principal(&self) -> Option<Principal> {
        let session = self.sid.parse().ok()?;
        let organization = self.org.parse().ok()?;
        Some(match self.sub.parse().ok()? {
            PrincipalId::User(user) => Principal::Person(Person {
                user,
                session,
                organization,
                auth_time: Timestamp::from_second(self.auth_time?).ok()?,
                second_factor: self.amr.iter().any(|method| method == ONE_TIME_PASSWORD),
            }),
            PrincipalId::ServiceAccount(account) => Principal::ServiceAccount(ServiceAccount {
                account,
                session,
                organization,
            }),
        })
    }
}
