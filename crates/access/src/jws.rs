//! The signed form of a token: a compact JWS (RFC 7515) with Ed25519 (RFC 8037) and nothing else.
//!
//! One algorithm, one key type and strict verification are less than a JWT library has to offer, and the rest is what
//! tokens have been forged with: `none`, HMAC under a public key, `jwk` and `crit` headers. None of it exists here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use crate::keys::{PrivateKey, PublicKey};

/// The one algorithm, as the header names it.
pub(crate) const ALGORITHM: &str = "EdDSA";

/// Ours are under 600 bytes. What is longer isn't even looked at.
pub(crate) const LONGEST: usize = 2048;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    crit: Option<IgnoredAny>,
}

/// A token that looks right, and of which only the id of its key may be believed, to find that key.
pub(crate) struct Unverified<'a> {
    pub(crate) key_id: String,
    signed: &'a str,
    payload: &'a str,
    signature: [u8; 64],
}

impl<'a> Unverified<'a> {
    /// None where it can't be one of ours.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        // A header that must be understood (RFC 7515, 4.1.11) is one that we don't.
        if header.alg != ALGORITHM || header.crit.is_some() {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?.try_into().ok()?;
        Some(Self {
            key_id: header.kid,
            signed,
            payload,
            signature,
        })
    }

    /// The claims, where the key has signed them.
    pub(crate) fn claims<C: DeserializeOwned>(&self, key: &PublicKey) -> Option<C> {
        if !key.verifies(self.signed.as_bytes(), &self.signature) {
            return None;
        }
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(self.payload).ok()?).ok()
    }
}

/// Signs claims.
pub(crate) fn sign(key: &PrivateKey, key_id: &str, claims: &Value) -> String {
    let header = json!({ "alg": ALGORITHM, "typ": "JWT", "kid": key_id });
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}
