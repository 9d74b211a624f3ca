//! The text of an API key: `entk_<id>_<secret>`. Only the hash of its secret is stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_ids::{ApiKeyId, ApiKeyKind, Kind as _};
use entente_runtime::random::SharedRandom;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// How every key begins, so that one that leaked is found by a search.
const PREFIX: &str = "entk_";

/// The hash of a secret, as it is stored.
pub type Hash = [u8; 32];

/// A new key, and what is stored of it.
#[derive(Debug)]
pub struct NewApiKey {
    /// What the caller gets.
    pub text: SecretString,
    /// What is stored.
    pub hash: Hash,
}

/// Makes the text of a key.
pub fn make(id: ApiKeyId, random: &SharedRandom) -> NewApiKey {
    let mut secret = SecretBox::new(Box::new([0_u8; 32]));
    random.fill(secrecy::ExposeSecretMut::expose_secret_mut(&mut secret));
    let secret = secret.expose_secret();
    NewApiKey {
        text: format!("{}_{}", prefix(id), URL_SAFE_NO_PAD.encode(secret)).into(),
        hash: Sha256::digest(secret).into(),
    }
}

/// How the key of this id begins, by which people recognize it.
pub fn prefix(id: ApiKeyId) -> String {
    let text = id.to_string();
    let own = text.strip_prefix(ApiKeyKind::PREFIX).unwrap_or(&text);
    format!("{PREFIX}{}", own.trim_start_matches('_'))
}

/// Which key a text claims to be, and the hash of the secret that it shows; none where it can't be one.
pub fn read(text: &SecretString) -> Option<(ApiKeyId, Hash)> {
    let (id, secret) = text.expose_secret().strip_prefix(PREFIX)?.split_once('_')?;
    let id = format!("{}_{id}", ApiKeyKind::PREFIX).parse().ok()?;
    let secret = URL_SAFE_NO_PAD.decode(secret).ok()?;
    (secret.len() == 32).then(|| (id, Sha256::digest(secret).into()))
}

/// Whether the secret that was shown is the one that is stored. It takes as long wherever they differ.
pub fn matches(stored: &[u8], shown: &Hash) -> bool {
    stored.ct_eq(shown).into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use entente_runtime::random::SeededRandom;
    use jiff::Timestamp;

    use super::*;

    fn id() -> ApiKeyId {
        ApiKeyId::new(Timestamp::constant(1_700_000_000, 0), [7; 10])
    }

    #[test]
    fn a_key_reads_back_as_it_was_made() {
        let random: SharedRandom = Arc::new(SeededRandom::new(1));
        for _ in 0..50 {
            let made = make(id(), &random);
            assert_eq!(read(&made.text), Some((id(), made.hash)));
            assert!(made.text.expose_secret().starts_with(&prefix(id())));
        }
    }

    #[test]
    fn another_secret_doesnt_match() {
        let random: SharedRandom = Arc::new(SeededRandom::new(1));
        let (one, other) = (make(id(), &random), make(id(), &random));
        assert!(matches(&one.hash, &one.hash));
        assert!(!matches(&one.hash, &other.hash));
        assert!(!matches(&one.hash[..31], &one.hash));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let secret = URL_SAFE_NO_PAD.encode([7; 32]);
        let suffix = prefix(id());
        let short = URL_SAFE_NO_PAD.encode([7; 31]);
        for text in [
            String::new(),
            "entk_".to_owned(),
            suffix.clone(),
            format!("{suffix}_"),
            format!("{suffix}_{short}"),
            format!("{suffix}_{secret}="),
            format!("entk_x_{secret}"),
            format!("key_{secret}"),
        ] {
            assert_eq!(read(&text.clone().into()), None, "{text}");
        }
    }
}
