//! The form of a public key in a JSON Web Key Set (RFC 7517, RFC 8037).

use entente_contracts::identity::v1::JsonWebKey;

use super::PublicKey;
use crate::jws::ALGORITHM;

const KEY_TYPE: &str = "OKP";
const CURVE: &str = "Ed25519";
const USE: &str = "sig";

/// The key as identity publishes it.
pub fn to_json_web_key(key: &PublicKey) -> JsonWebKey {
    JsonWebKey {
        kty: KEY_TYPE.to_owned(),
        crv: CURVE.to_owned(),
        x: key.to_base64url(),
        kid: key.id(),
        alg: ALGORITHM.to_owned(),
        r#use: USE.to_owned(),
    }
}

/// The key, where it is one that tokens are signed with; a set may hold others, which RFC 7517 tells to pass over.
pub fn from_json_web_key(key: &JsonWebKey) -> Option<PublicKey> {
    let ours = key.kty == KEY_TYPE && key.crv == CURVE && key.alg == ALGORITHM && key.r#use == USE;
    if !ours || key.kid.is_empty() || key.x.starts_with("-----BEGIN") {
        return None;
    }
    key.x.parse().ok()
}

#[cfg(test)]
mod tests {
    use entente_runtime::random::SeededRandom;

    use super::*;
    use crate::keys::PrivateKey;

    /// A dash is a letter of base64url: one key in 64 begins with it.
    #[test]
    fn a_published_key_that_begins_with_a_dash_reads_back() {
        let keys = (0..).map(|seed| PrivateKey::generate(&SeededRandom::new(seed)).public());
        let dashed = keys
            .map(|key| (to_json_web_key(&key), key))
            .find(|(published, _)| published.x.starts_with('-'));
        let (published, key) = dashed.unwrap();
        assert_eq!(from_json_web_key(&published), Some(key));
    }

    #[test]
    fn a_published_key_reads_back() {
        let key = PrivateKey::generate(&SeededRandom::new(1)).public();

        assert_eq!(from_json_web_key(&to_json_web_key(&key)), Some(key));
    }

    #[test]
    fn keys_for_other_algorithms_or_uses_are_passed_over() {
        let good = to_json_web_key(&PrivateKey::generate(&SeededRandom::new(1)).public());
        let others = [
            JsonWebKey {
                kty: "RSA".to_owned(),
                ..good.clone()
            },
            JsonWebKey {
                crv: "X25519".to_owned(),
                ..good.clone()
            },
            JsonWebKey {
                alg: "HS256".to_owned(),
                ..good.clone()
            },
            JsonWebKey {
                r#use: "enc".to_owned(),
                ..good.clone()
            },
            JsonWebKey {
                kid: String::new(),
                ..good.clone()
            },
            JsonWebKey {
                x: "AA".to_owned(),
                ..good
            },
        ];
        for other in others {
            assert_eq!(from_json_web_key(&other), None, "{other:?}");
        }
    }
}
