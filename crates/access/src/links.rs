//! The tokens of mailed links: who holds one has the mail (decision 12). They are computed, never stored.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_ids::{Id, Kind};
use entente_runtime::random::Random;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::keys::{self, KeyError, Secret};

const ID: usize = 16;
const GENERATION: usize = 4;

/// What links are for.
pub trait Purpose: 'static {
    /// Keeps the tokens apart from anything else that the same secret authenticates. Every token that is out depends on
    /// it: it never changes.
    const NAME: &'static str;
    /// What a link leads to.
    type Target: Kind;
}

/// What the token in a mailed link stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link<I> {
    /// The id of what it leads to.
    pub target: I,
    /// Which of the target's links: each new one has the next number, so that the link before it is dead.
    pub generation: u32,
}

/// The key that makes the tokens of links for one purpose, and knows them again.
pub struct LinkKey<P> {
    code: Hmac<Sha256>,
    purpose: PhantomData<fn() -> P>,
}

impl<P: Purpose> LinkKey<P> {
    /// The key that this secret makes.
    pub fn new(secret: &Secret) -> Self {
        let mut key = Key::<Hmac<Sha256>>::default();
        key.iter_mut().zip(secret).for_each(|(to, from)| *to = *from);
        let mut code: Hmac<Sha256> = Hmac::new(&key);
        code.update(P::NAME.as_bytes());
        code.update(b"\0");
        Self {
            code,
            purpose: PhantomData,
        }
    }

    /// The key that the secret in a file makes; where there is no file yet, one is made that only its owner reads.
    ///
    /// # Errors
    /// As [`keys::load_or_create_secret`].
    pub fn load_or_create(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        keys::load_or_create_secret(path, random).map(|secret| Self::new(&secret))
    }

    /// The token of a link.
    pub fn token(&self, link: Link<Id<P::Target>>) -> String {
        let mut token = link.target.uuid().as_bytes().to_vec();
        token.extend_from_slice(&link.generation.to_be_bytes());
        let code = self.code(&token).finalize().into_bytes();
        token.extend_from_slice(&code);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What a token stands for; none if it wasn't made with this key. Whether the link still lives is its target's to
    /// say.
    pub fn link(&self, token: &str) -> Option<Link<Id<P::Target>>> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, code) = bytes.split_at_checked(ID + GENERATION)?;
        // In constant time, so that no answer tells how much of a guess was right.
        self.code(body).verify_slice(code).ok()?;
        let (target, generation) = body.split_first_chunk::<ID>()?;
        let generation = <[u8; GENERATION]>::try_from(generation).ok()?;
        Some(Link {
            target: Id::from_uuid(Uuid::from_bytes(*target)),
            generation: u32::from_be_bytes(generation),
        })
    }

    fn code(&self, body: &[u8]) -> Hmac<Sha256> {
        let mut code = self.code.clone();
        code.update(body);
        code
    }
}

impl<P> Clone for LinkKey<P> {
    fn clone(&self) -> Self {
        Self {
            code: self.code.clone(),
            purpose: PhantomData,
        }
    }
}

impl<P> fmt::Debug for LinkKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkKey")
    }
}

#[cfg(test)]
mod tests {
    use entente_ids::{MemberId, MemberKind};
    use jiff::Timestamp;

    use super::*;

    enum Invitation {}

    impl Purpose for Invitation {
        const NAME: &'static str = "invitation 1";
        type Target = MemberKind;
    }

    enum Removal {}

    impl Purpose for Removal {
        const NAME: &'static str = "removal 1";
        type Target = MemberKind;
    }

    fn key(secret: u8) -> LinkKey<Invitation> {
        LinkKey::new(&[secret; 32])
    }

    fn link(generation: u32) -> Link<MemberId> {
        Link {
            target: MemberId::new(Timestamp::UNIX_EPOCH, [7; 10]),
            generation,
        }
    }

    #[test]
    fn a_token_leads_back_to_its_link() {
        assert_eq!(key(1).link(&key(1).token(link(3))), Some(link(3)));
    }

    #[test]
    fn a_token_of_another_key_is_nothing() {
        assert_eq!(key(2).link(&key(1).token(link(3))), None);
    }

    #[test]
    fn a_token_for_another_purpose_is_nothing() {
        let token = LinkKey::<Removal>::new(&[1; 32]).token(link(3));
        assert_eq!(key(1).link(&token), None);
    }

    #[test]
    fn each_generation_has_a_token_of_its_own() {
        assert_ne!(key(1).token(link(1)), key(1).token(link(2)));
    }

    #[test]
    fn a_changed_token_is_nothing() {
        let mut bytes = URL_SAFE_NO_PAD.decode(key(1).token(link(1))).unwrap();
        bytes[ID + GENERATION - 1] = 2;
        assert_eq!(key(1).link(&URL_SAFE_NO_PAD.encode(&bytes)), None);
        for garbage in ["", "a", "é", "AAAA", &"A".repeat(70)] {
            assert_eq!(key(1).link(garbage), None, "{garbage}");
        }
    }

    /// Links that are out must go on working after an update.
    #[test]
    fn the_form_of_a_token_stays() {
        assert_eq!(
            key(1).token(link(3)),
            "AAAAAAAAdweHBwcHBwcHBwAAAANzPPC2Sv2pY2iNSAaFUX6_JOYBNykXgzVVFvOBcRnq_g"
        );
    }
}
