//! Secrets at rest: sealed under a key that the database doesn't have, and bound to the row that they stand in.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), whose nonces are long enough to be drawn at random. What a secret is
//! for, its tenant and its record go in as associated data: moved to another row, a sealed secret is nothing. It names
//! the key that sealed it, so that a key is changed by giving the new one and keeping the former for reading.

mod key;
mod sealed;

use std::fmt;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, Payload};
use entente_access::keys::KeyError;
use entente_runtime::random::SharedRandom;
use secrecy::SecretSlice;
use uuid::Uuid;

use key::Key;
pub use key::KeyId;
use sealed::Parts;

/// Where a secret belongs: it opens there and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// What it is, such as `billing payment token`. Fixed for good: what was sealed under another name doesn't open.
    pub purpose: &'static str,
    /// The organization, or whoever else the record belongs to.
    pub tenant: Uuid,
    /// The record.
    pub record: Uuid,
}

/// Why a secret can't be sealed or opened: a fault of the installation, never of a caller.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    /// A key can't be read or made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The bytes were never sealed by this crate.
    #[error("the stored secret is garbled: restore the row from a backup")]
    Garbled,
    /// None of the keys is the one that sealed it.
    #[error("the stored secret was sealed by the key {0}, which isn't there: give it as a former key")]
    UnknownKey(KeyId),
    /// It was changed, or stands in a row that it wasn't sealed for.
    #[error("the stored secret doesn't belong where it stands: restore the row from a backup")]
    Refused,
    /// The cipher refuses to seal, which it does for more than 256 GiB.
    #[error("the secret is too long to seal: store less")]
    TooLong,
}

/// Seals and opens secrets.
#[derive(Clone)]
pub struct Envelope {
    current: Key,
    former: Vec<Key>,
    random: SharedRandom,
}

impl Envelope {
    /// The envelope that key files make: the current one seals, all of them open. Where there is no current one yet, it
    /// is made, for its owner alone. The files have the form of the installation's other keys.
    ///
    /// # Errors
    /// [`EnvelopeError::Key`] when a file can't be read or written, or holds something else.
    pub fn load_or_create(
        current: &Path,
        former: &[PathBuf],
        random: SharedRandom,
    ) -> Result<Self, EnvelopeError> {
        let current = Key::load_or_create(current, &*random)?;
        let former = former
            .iter()
            .map(|path| Key::load(path))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            current,
            former,
            random,
        })
    }

    /// Seals a secret for the place where it will stand.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLong`].
    pub fn seal(&self, place: Place, secret: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let mut nonce = [0; sealed::NONCE];
        self.random.fill(&mut nonce);
        let associated = sealed::associated(place, self.current.id());
        let payload = Payload {
            msg: secret,
            aad: &associated,
        };
        let ciphertext = self
            .current
            .cipher()
            .encrypt(&nonce.into(), payload)
            .map_err(|_| EnvelopeError::TooLong)?;
        Ok(Parts {
            key: self.current.id(),
            nonce,
            ciphertext: &ciphertext,
        }
        .join())
    }

    /// Opens a secret that was sealed for this place.
    ///
    /// # Errors
    /// [`EnvelopeError::Garbled`], [`EnvelopeError::UnknownKey`] or [`EnvelopeError::Refused`].
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<SecretSlice<u8>, EnvelopeError> {
        let parts = Parts::split(sealed).ok_or(EnvelopeError::Garbled)?;
        let mut keys = std::iter::once(&self.current).chain(&self.former);
        let key = keys
            .find(|key| key.id() == parts.key)
            .ok_or(EnvelopeError::UnknownKey(parts.key))?;
        let associated = sealed::associated(place, parts.key);
        let payload = Payload {
            msg: parts.ciphertext,
            aad: &associated,
        };
        let secret = key
            .cipher()
            .decrypt(&parts.nonce.into(), payload)
            .map_err(|_| EnvelopeError::Refused)?;
        Ok(secret.into())
    }

    /// Whether the current key sealed it. What a former one sealed is to be sealed anew when it is next at hand.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        Parts::split(sealed).is_some_and(|parts| parts.key == self.current.id())
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("current", &self.current.id())
            .field(
                "former",
                &self.former.iter().map(|key| key.id()).collect::<Vec<_>>(),
            )
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
