//! Recovery codes: what takes the place of an authenticator that was lost, each once.

use entente_ids::UserId;
use entente_runtime::random::SharedRandom;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::domain::second_factor::RECOVERY_CODES;

/// Crockford's base32: no letter that is taken for another, whoever copies it.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 80 bits: nobody tries them all, not even with the hashes in hand.
const CHARACTERS: usize = 16;
const GROUP: usize = 4;

/// New codes, of random bytes that must be fit for secrets.
pub fn generate(random: &SharedRandom) -> Vec<SecretString> {
    (0..RECOVERY_CODES).map(|_| code(random)).collect()
}

/// What is stored of a code, whichever way a person has typed it; none where it can't be one.
pub fn hash(user: UserId, typed: &str) -> Option<[u8; 32]> {
    let code: Vec<u8> = typed
        .bytes()
        .filter(|byte| !matches!(byte, b'-' | b' '))
        .map(|byte| match byte.to_ascii_lowercase() {
            b'o' => b'0',
            b'i' | b'l' => b'1',
            other => other,
        })
        .collect();
    if code.len() != CHARACTERS || !code.iter().all(|byte| ALPHABET.contains(byte)) {
        return None;
    }
    let hash = Sha256::new()
        .chain_update(user.uuid().as_bytes())
        .chain_update(&code);
    Some(hash.finalize().into())
}

fn code(random: &SharedRandom) -> SecretString {
    let mut bytes = [0; CHARACTERS];
    random.fill(&mut bytes);
    let mut code = String::with_capacity(CHARACTERS + CHARACTERS / GROUP);
    for (position, byte) in bytes.iter().enumerate() {
        if position > 0 && position % GROUP == 0 {
            code.push('-');
        }
        // 32 divides 256, so that every letter is as likely.
        let letter = ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or_default();
        code.push(char::from(letter));
    }
    code.into()
}

#[cfg(test)]
mod tests {
    use entente_runtime::random::SystemRandom;
    use jiff::Timestamp;
    use secrecy::ExposeSecret as _;

    use super::*;

    fn user(id: u8) -> UserId {
        UserId::new(Timestamp::UNIX_EPOCH, [id; 10])
    }

    #[test]
    fn ten_codes_are_given_and_each_is_another() {
        let codes = generate(&SystemRandom::shared());
        let mut hashes: Vec<_> = codes
            .iter()
            .map(|code| hash(user(1), code.expose_secret()).unwrap())
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 10);
    }

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let written = hash(user(1), "0123-4567-89ab-cd1z").unwrap();
        for typed in ["0123456789abcd1z", " O123 4567-89AB CDLZ", "o123-4567-89ab-cdiz"] {
            assert_eq!(hash(user(1), typed), Some(written), "{typed}");
        }
    }

    #[test]
    fn a_code_is_one_persons() {
        let code = "0123-4567-89ab-cd1z";
        assert_ne!(hash(user(1), code), hash(user(2), code));
    }

    #[test]
    fn what_is_no_code_has_no_hash() {
        for typed in [
            "",
            "0123",
            "0123-4567-89ab-cd1u",
            "0123-4567-89ab-cd1z0",
            "123456",
        ] {
            assert_eq!(hash(user(1), typed), None, "{typed}");
        }
    }
}
