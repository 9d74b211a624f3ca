//! A sealed secret as it stands in a column: the form, the key, the nonce, and the ciphertext with its tag.

use crate::{KeyId, Place};

/// The form of what follows, should there ever be another.
const FORM: u8 = 1;
const KEY: usize = 8;
/// Bytes of a nonce.
pub(crate) const NONCE: usize = 24;

pub(crate) struct Parts<'a> {
    pub(crate) key: KeyId,
    pub(crate) nonce: [u8; NONCE],
    pub(crate) ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(crate) fn split(sealed: &'a [u8]) -> Option<Self> {
        let (form, rest) = sealed.split_first()?;
        if *form != FORM {
            return None;
        }
        let (key, rest) = rest.split_first_chunk::<KEY>()?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>()?;
        Some(Self {
            key: KeyId(*key),
            nonce: *nonce,
            ciphertext,
        })
    }

    pub(crate) fn join(&self) -> Vec<u8> {
        [&[FORM], &self.key.0[..], &self.nonce[..], self.ciphertext].concat()
    }
}

/// What a secret is bound to. The only part of no fixed length ends in a byte that it can't hold.
pub(crate) fn associated(place: Place, key: KeyId) -> Vec<u8> {
    [
        &[FORM],
        &key.0[..],
        place.purpose.as_bytes(),
        &[0],
        place.tenant.as_bytes(),
        place.record.as_bytes(),
    ]
    .concat()
}
