//! The token of a sign-in that waits for its code. It is random, good for one answer, and stored as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_runtime::random::SharedRandom;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

const BYTES: usize = 32;

/// A new token, and what is stored of it.
#[derive(Debug)]
pub struct NewChallenge {
    /// What the person gets.
    pub token: SecretString,
    /// What is stored.
    pub hash: [u8; 32],
}

/// A new token, of these random bytes, which must be fit for secrets.
pub fn generate(random: &SharedRandom) -> NewChallenge {
    let mut bytes = [0; BYTES];
    random.fill(&mut bytes);
    NewChallenge {
        token: URL_SAFE_NO_PAD.encode(bytes).into(),
        hash: Sha256::digest(bytes).into(),
    }
}

/// What is stored of a token; none where it can't be one.
pub fn hash(token: &str) -> Option<[u8; 32]> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    (bytes.len() == BYTES).then(|| Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use entente_runtime::random::SystemRandom;
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_token_is_known_by_what_is_stored_of_it() {
        let challenge = generate(&SystemRandom::shared());
        assert_eq!(hash(challenge.token.expose_secret()), Some(challenge.hash));
    }

    #[test]
    fn what_is_no_token_has_no_hash() {
        for token in ["", "abc", "!", &"a".repeat(44)] {
            assert_eq!(hash(token), None, "{token}");
        }
    }
}
