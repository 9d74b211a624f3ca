//! The keys of an envelope.

use std::fmt;
use std::path::Path;

use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use entente_access::keys::{self, KeyError};
use entente_runtime::random::Random;
use sha2::{Digest as _, Sha256};

/// Keeps these keys apart from anything else that is made of a key file.
const PURPOSE: &[u8] = b"entente envelope key 1\0";
const ID_PURPOSE: &[u8] = b"entente envelope key id 1\0";

/// Names a key without telling anything of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId(pub(crate) [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[derive(Clone)]
pub(crate) struct Key {
    id: KeyId,
    cipher: XChaCha20Poly1305,
}

impl Key {
    pub(crate) fn load_or_create(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        keys::load_or_create(path, random)?;
        Self::of_file(path)
    }

    pub(crate) fn load(path: &Path) -> Result<Self, KeyError> {
        keys::load(path)?;
        Self::of_file(path)
    }

    /// The file holds 256 random bits, which a hash makes a key of.
    fn of_file(path: &Path) -> Result<Self, KeyError> {
        let text = fs_err::read_to_string(path).map_err(|source| KeyError::Read {
            path: path.to_owned(),
            source,
        })?;
        let key = hash(PURPOSE, text.trim().as_bytes());
        let [a, b, c, d, e, f, g, h, ..] = hash(ID_PURPOSE, &key);
        Ok(Self {
            id: KeyId([a, b, c, d, e, f, g, h]),
            cipher: XChaCha20Poly1305::new(&key.into()),
        })
    }

    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn cipher(&self) -> &XChaCha20Poly1305 {
        &self.cipher
    }
}

fn hash(purpose: &[u8], of: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(purpose)
        .chain_update(of)
        .finalize()
        .into()
}
