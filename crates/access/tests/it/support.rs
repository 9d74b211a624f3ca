//! People, keys and hand-made tokens.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use entente_access::keys::PrivateKey;
use entente_access::{
    LocalKeys, Person, Principal, Reason, ServiceAccount, ServiceKey, ServiceKeys, ServiceSigner,
    TokenSigner, Verifier,
};
use entente_ids::{OrganizationId, ServiceAccountId, SessionId, UserId};
use entente_runtime::clock::{Clock, ManualClock};
use entente_runtime::random::Random;
use futures::executor::block_on;
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use serde_json::{Value, json};

pub const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

/// The seeds of keys.
pub const IDENTITY: u8 = 1;
pub const PARTNERS: u8 = 2;
pub const BILLING: u8 = 3;
pub const STRANGER: u8 = 9;

struct Fixed(u8);

impl Random for Fixed {
    fn fill(&self, buf: &mut [u8]) {
        buf.fill(self.0);
    }
}

pub fn key(seed: u8) -> PrivateKey {
    PrivateKey::generate(&Fixed(seed))
}

pub fn key_id(seed: u8) -> String {
    key(seed).public().id()
}

pub fn person() -> Person {
    Person {
        user: UserId::new(NOW, [1; 10]),
        session: SessionId::new(NOW, [2; 10]),
        organization: OrganizationId::new(NOW, [3; 10]),
        auth_time: NOW,
        second_factor: true,
    }
}

pub fn program() -> ServiceAccount {
    ServiceAccount {
        account: ServiceAccountId::new(NOW, [4; 10]),
        session: SessionId::new(NOW, [5; 10]),
        organization: OrganizationId::new(NOW, [3; 10]),
    }
}

/// What identity knows, and one that verifies with it.
pub struct World {
    pub clock: Arc<ManualClock>,
    pub verifier: Verifier,
}

impl World {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let people = LocalKeys::new(key(IDENTITY).public(), []);
        let verifier = Verifier::new(people, service_keys(), clock.clone());
        Self { clock, verifier }
    }

    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn sign(&self, person: &Person) -> String {
        TokenSigner::new(key(IDENTITY), self.clock.clone()).sign(person)
    }

    /// A token of a service account whose key ends in so many seconds, and for how many it is good.
    pub fn sign_service_account(&self, own: &ServiceAccount, key_ends_in: i64) -> (String, i32) {
        let now = self.clock.now();
        let end = now + jiff::SignedDuration::from_secs(key_ends_in);
        TokenSigner::new(key(IDENTITY), self.clock.clone()).sign_service_account(own, now, end)
    }

    pub fn service(&self, name: &str, seed: u8) -> ServiceSigner {
        ServiceSigner::new(name, key(seed), self.clock.clone())
    }

    pub fn verify(&self, token: &str) -> Result<Principal, Reason> {
        block_on(self.verifier.authenticate(&bearer(token)))
    }

    pub fn now(&self) -> i64 {
        self.clock.now().as_second()
    }
}

pub fn service_keys() -> ServiceKeys {
    let keys = [("partners", PARTNERS), ("billing", BILLING)];
    keys.into_iter()
        .map(|(name, seed)| ServiceKey {
            name: name.to_owned(),
            key: key(seed).public(),
        })
        .collect()
}

pub fn bearer(token: &str) -> HeaderMap {
    let value = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    HeaderMap::from_iter([(header::AUTHORIZATION, value)])
}

/// The claims of a good token for [`person`].
pub fn person_claims() -> Value {
    let person = person();
    json!({
        "iss": "entente",
        "sub": person.user.to_string(),
        "sid": person.session.to_string(),
        "org": person.organization.to_string(),
        "auth_time": NOW.as_second(),
        "amr": ["pwd", "otp"],
        "iat": NOW.as_second(),
        "exp": NOW.as_second() + 300,
    })
}

/// The claims of a good token of that service.
pub fn service_claims(name: &str) -> Value {
    let subject = format!("service:{name}");
    json!({ "iss": subject, "sub": subject, "iat": NOW.as_second(), "exp": NOW.as_second() + 60 })
}

/// `value` with one member set.
pub fn with(mut value: Value, name: &str, member: impl Into<Value>) -> Value {
    value[name] = member.into();
    value
}

pub fn header(key_id: &str) -> Value {
    json!({ "alg": "EdDSA", "typ": "JWT", "kid": key_id })
}

/// The two parts that a signature is over.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

/// A token with any header and claims, truly signed by that key.
pub fn forge(seed: u8, header: &Value, claims: &Value) -> String {
    let signed = unsigned(header, claims);
    let signature = SigningKey::from_bytes(&[seed; 32]).sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}
