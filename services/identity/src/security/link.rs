//! The token of a mailed link: who holds it has the mail (decision 12). It is computed, never stored.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_access::keys::{self, KeyError};
use entente_ids::{MemberId, UserId};
use entente_runtime::random::Random;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::domain::link::{AccountLink, AccountPurpose, Link};

/// Keep these tokens apart from each other, and from anything else that a key could ever authenticate.
const INVITATION: &[u8] = b"entente member invitation 1\0";
const PASSWORD_RESET: &[u8] = b"entente password reset 1\0";
const EMAIL_CHANGE: &[u8] = b"entente email change 1\0";
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

    /// The token of a member invitation's link.
    pub fn token(&self, link: Link) -> String {
        self.seal(INVITATION, link.member.uuid(), link.generation)
    }

    /// What the token of a member invitation stands for; none if it wasn't made with this key. Whether the link still
    /// lives is the member's to say.
    pub fn link(&self, token: &str) -> Option<Link> {
        let (id, generation) = self.open(INVITATION, token)?;
        Some(Link {
            member: MemberId::from_uuid(id),
            generation,
        })
    }

    /// The token of an account's link.
    pub fn account_token(&self, link: AccountLink) -> String {
        self.seal(tag(link.purpose), link.user.uuid(), link.generation)
    }

    /// What the token of an account's link stands for; none if it wasn't made with this key for this purpose. Whether
    /// the link still lives is the account's to say.
    pub fn account_link(&self, purpose: AccountPurpose, token: &str) -> Option<AccountLink> {
        let (id, generation) = self.open(tag(purpose), token)?;
        Some(AccountLink {
            purpose,
            user: UserId::from_uuid(id),
            generation,
        })
    }

    fn seal(&self, purpose: &[u8], id: Uuid, generation: u32) -> String {
        let mut token = id.as_bytes().to_vec();
        token.extend_from_slice(&generation.to_be_bytes());
        let code = self.code(purpose, &token).finalize().into_bytes();
        token.extend_from_slice(&code);
        URL_SAFE_NO_PAD.encode(token)
    }

    fn open(&self, purpose: &[u8], token: &str) -> Option<(Uuid, u32)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, code) = bytes.split_at_checked(ID + GENERATION)?;
        // In constant time, so that no answer tells how much of a guess was right.
        self.code(purpose, body).verify_slice(code).ok()?;
        let (id, generation) = body.split_first_chunk::<ID>()?;
        let generation = <[u8; GENERATION]>::try_from(generation).ok()?;
        Some((Uuid::from_bytes(*id), u32::from_be_bytes(generation)))
    }

    fn code(&self, purpose: &[u8], body: &[u8]) -> Hmac<Sha256> {
        let mut code = self.0.clone();
        code.update(purpose);
        code.update(body);
        code
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey")
    }
}

const fn tag(purpose: AccountPurpose) -> &'static [u8] {
    match purpose {
        AccountPurpose::PasswordReset => PASSWORD_RESET,
        AccountPurpose::EmailChange => EMAIL_CHANGE,
    }
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
    fn a_token_is_good_for_one_purpose() {
        let key = LinkKey::new(&[1; 32]);
        let user = UserId::new(Timestamp::UNIX_EPOCH, [7; 10]);
        let reset = AccountLink {
            purpose: AccountPurpose::PasswordReset,
            user,
            generation: 3,
        };
        let token = key.account_token(reset);
        assert_eq!(
            key.account_link(AccountPurpose::PasswordReset, &token),
            Some(reset)
        );
        assert_eq!(key.account_link(AccountPurpose::EmailChange, &token), None);
        assert_eq!(key.link(&token), None);
        let invitation = key.token(link(3));
        assert_eq!(key.account_link(AccountPurpose::PasswordReset, &invitation), None);
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
