//! The token of a mailed link: who holds it has the mail (decision 12). It is computed, never stored.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_access::keys::{self, KeyError};
use entente_ids::MemberId;
use entente_runtime::random::Random;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::link::Link;

/// Keeps these tokens apart from anything else that a key could ever authenticate.
const PURPOSE: &[u8] = b"entente member invitation 1\0";
const ID: usize = 16;
const GENERATION: usize = 4;

/// The key that makes link tokens, and knows them again.
#[derive(Clone)]
pub struct LinkKey(Hmac<Sha256>);

impl LinkKey {
    /// A key of these random bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        let mut key = Key::<Hmac<Sha256>>::default();
        key.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Self(Hmac::new(&key))
    }

    /// The key that a file makes. Where there is none yet, one is made that only its owner reads. The file has the form
    /// of the installation's other keys, so that one tool makes and keeps all of them; this key is a hash of it.
    ///
    /// # Errors
    /// [`KeyError`] when the file can't be read or written, or holds something else.
    pub fn load_or_create(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        keys::load_or_create(path, random)?;
        let text = fs_err::read_to_string(path).map_err(|source| KeyError::Read {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self::new(&Sha256::digest(text.trim()).into()))
    }

    /// The token of a link.
    pub fn token(&self, link: Link) -> String {
        let mut token = body(link);
        let code = self.code(&token).finalize().into_bytes();
        token.extend_from_slice(&code);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What a token stands for; none if it wasn't made with this key. Whether the link still lives is the member's to
    /// say.
    pub fn link(&self, token: &str) -> Option<Link> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, code) = bytes.split_at_checked(ID + GENERATION)?;
        // In constant time, so that no answer tells how much of a guess was right.
        self.code(body).verify_slice(code).ok()?;
        let (member, generation) = body.split_first_chunk::<ID>()?;
        let generation = <[u8; GENERATION]>::try_from(generation).ok()?;
        Some(Link {
            member: MemberId::from_uuid(Uuid::from_bytes(*member)),
            generation: u32::from_be_bytes(generation),
        })
    }

    fn code(&self, body: &[u8]) -> Hmac<Sha256> {
        let mut code = self.0.clone();
        code.update(PURPOSE);
        code.update(body);
        code
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey")
    }
}

fn body(link: Link) -> Vec<u8> {
    let mut body = link.member.uuid().as_bytes().to_vec();
    body.extend_from_slice(&link.generation.to_be_bytes());
    body
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn link(generation: u32) -> Link {
        Link {
            member: MemberId::new(Timestamp::UNIX_EPOCH, [7; 10]),
            generation,
        }
    }

    #[test]
    fn a_token_leads_back_to_its_link() {
        let key = LinkKey::new(&[1; 32]);
        assert_eq!(key.link(&key.token(link(3))), Some(link(3)));
    }

    #[test]
    fn a_token_of_another_key_is_nothing() {
        let token = LinkKey::new(&[1; 32]).token(link(3));
        assert_eq!(LinkKey::new(&[2; 32]).link(&token), None);
    }

    #[test]
    fn each_generation_has_a_token_of_its_own() {
        let key = LinkKey::new(&[1; 32]);
        assert_ne!(key.token(link(1)), key.token(link(2)));
    }

    #[test]
    fn a_changed_token_is_nothing() {
        let key = LinkKey::new(&[1; 32]);
        let mut bytes = URL_SAFE_NO_PAD.decode(key.token(link(1))).unwrap();
        bytes[ID + GENERATION - 1] = 2;
        assert_eq!(key.link(&URL_SAFE_NO_PAD.encode(&bytes)), None);
        for garbage in ["", "a", "é", "AAAA", &"A".repeat(70)] {
            assert_eq!(key.link(garbage), None, "{garbage}");
        }
    }
}
