//! Reading and making the keys that files are encrypted to. The formats are those of kept libraries: rpgp and ssh-key.

mod openpgp;
mod randomness;
mod ssh;

#[cfg(test)]
mod tests;

use entente_runtime::random::SharedRandom;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::domain::encryption_key::KeyFormat;
use crate::domain::name::DisplayName;
use crate::error::Error;
use randomness::Randomness;

/// An RSA key below this is weak (NIST SP 800-131A).
const LEAST_RSA_BITS: usize = 2048;

/// What is kept of a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its format.
    pub format: KeyFormat,
    /// What it is made of, such as `rsa-4096`.
    pub algorithm: String,
    /// What tells it from every other key.
    pub fingerprint: String,
    /// The key itself, written anew: nothing else that came with it is kept.
    pub text: String,
    /// Its own end, if it has one.
    pub expires_at: Option<Timestamp>,
}

/// Why a text is no key that files can be encrypted to. Nothing of the text is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It isn't a key, or is garbled.
    #[error("is no public key: give an OpenPGP block, or a line as in authorized_keys")]
    NotAKey,
    /// It is the half that nobody but its owner may have.
    #[error(
        "is a private key, and was not kept: replace it, since others may have seen it, and give its public half"
    )]
    Private,
    /// Too short, or of a kind that is broken.
    #[error("is weak: give one with RSA of at least 2048 bits, or of elliptic curves")]
    Weak,
    /// It only signs.
    #[error("can't be encrypted to: give one with a part for encryption; of SSH keys, ed25519 or RSA")]
    SignsOnly,
    /// Its owner has taken it back.
    #[error("was revoked by its owner: give another one")]
    Revoked,
    /// It is too old.
    #[error("has expired: give one that is still good, or a later end")]
    Expired,
}

/// What key to make.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// Its format.
    pub format: KeyFormat,
    /// What it is called.
    pub display_name: &'a DisplayName,
    /// From when it is good.
    pub created_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Reads a public key.
///
/// # Errors
/// [`Unfit`].
pub fn read(text: &str) -> Result<PublicKey, Unfit> {
    let text = text.trim();
    // All private formats say so in their first line: OpenPGP, OpenSSH, PKCS#1 and #8, PuTTY.
    if text.contains("PRIVATE KEY") || text.starts_with("PuTTY-User-Key-File") {
        return Err(Unfit::Private);
    }
    if text.starts_with("-----BEGIN PGP") {
        openpgp::read(text)
    } else {
        ssh::read(text)
    }
}

/// Makes a pair of keys: the public half, and the private one in its own format.
///
/// # Errors
/// [`Error::KeyGeneration`] when the library can't, which no input brings about.
pub fn generate(wanted: &Wanted<'_>, random: &SharedRandom) -> Result<(PublicKey, SecretString), Error> {
    let randomness = Randomness(random);
    match wanted.format {
        KeyFormat::Openpgp => openpgp::generate(wanted, randomness),
        KeyFormat::Ssh => ssh::generate(wanted, randomness),
    }
}

fn failed(cause: impl ToString) -> Error {
    Error::KeyGeneration(cause.to_string())
}
