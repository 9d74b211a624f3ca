//! Ed25519 keys, in files, in configuration and in a JSON Web Key Set; and plain secrets in files.

mod file;
mod jwk;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes,
};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use entente_runtime::random::Random;
use sha2::{Digest, Sha256};

pub use file::{Secret, load, load_or_create, load_or_create_secret};
pub use jwk::{from_json_web_key, to_json_web_key};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file can't be read.
    #[error("the key file {} can't be read: create it, or give its owner the right to read it", path.display())]
    Read {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file can't be made.
    #[error("the key file {} can't be written: give a folder that exists and may be written", path.display())]
    Write {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("the file {} holds no Ed25519 private key: give one in PKCS#8 PEM form", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("the file {} holds no secret: restore it, or remove it and a new one is made", path.display())]
    NotASecret {
        /// The file.
        path: PathBuf,
    },
    /// The text is no private key.
    #[error("this is no Ed25519 private key: give one in PKCS#8 PEM form")]
    Private,
    /// The text is no public key.
    #[error("this is no Ed25519 public key: give 32 bytes in base64url without padding, or PEM")]
    Public,
}

/// A private key. Its debug form hides it.
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// A new one. The randomness must be fit for secrets.
    pub fn generate(random: &dyn Random) -> Self {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        Self(SigningKey::from_bytes(&secret))
    }

    /// Reads the PKCS#8 PEM form, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    /// [`KeyError::Private`] when it is something else.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        SigningKey::from_pkcs8_pem(pem)
            .map(Self)
            .map_err(|_| KeyError::Private)
    }

    /// The half that others may know.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// The form without the public half: OpenSSL doesn't read the other one.
    fn to_pem(&self) -> Result<impl std::ops::Deref<Target = String> + use<>, KeyError> {
        let bytes = KeypairBytes {
            secret_key: self.0.to_bytes(),
            public_key: None,
        };
        bytes.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Private)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public())
    }
}

/// A public key. As text it is base64url without padding, and reads that or PEM.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key of these bytes (RFC 8032). None where they are no point of the curve, or one of those few under which
    /// anybody can sign.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        VerifyingKey::from_bytes(bytes)
            .ok()
            .filter(|key| !key.is_weak())
            .map(Self)
    }

    /// The 32 bytes in base64url without padding: the form for configuration, and `x` of a JSON Web Key.
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_bytes())
    }

    /// The PEM form, as `openssl pkey -pubout` writes it.
    ///
    /// # Errors
    /// Never for a key that exists; the encoder leaves it open.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        self.0
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| KeyError::Public)
    }

    /// The id of the key: its JSON Web Key thumbprint with SHA-256 (RFC 7638, RFC 8037 appendix A.3).
    pub fn id(&self) -> String {
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.to_base64url());
        URL_SAFE_NO_PAD.encode(Sha256::digest(members))
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0
            .verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.starts_with("-----BEGIN") {
            let key = VerifyingKey::from_public_key_pem(text).map_err(|_| KeyError::Public)?;
            return Self::from_bytes(key.as_bytes()).ok_or(KeyError::Public);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::Public)?;
        let bytes = bytes.as_slice().try_into().map_err(|_| KeyError::Public)?;
        Self::from_bytes(bytes).ok_or(KeyError::Public)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64url())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

#[cfg(test)]
mod tests {
    use entente_runtime::random::SeededRandom;

    use super::*;

    #[test]
    fn a_public_key_reads_back_from_both_its_forms() {
        let key = PrivateKey::generate(&SeededRandom::new(1)).public();

        assert_eq!(key.to_string().parse::<PublicKey>().unwrap(), key);
        assert_eq!(key.to_pem().unwrap().parse::<PublicKey>().unwrap(), key);
    }

    /// RFC 8410, 10.3: the form that OpenSSL writes and reads.
    #[test]
    fn the_file_form_is_that_of_rfc_8410() {
        let private = "-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            -----END PRIVATE KEY-----\n";
        let public = "-----BEGIN PUBLIC KEY-----\n\
            MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
            -----END PUBLIC KEY-----\n";

        let key = PrivateKey::from_pem(private).unwrap();

        assert_eq!(*key.to_pem().unwrap(), private);
        assert_eq!(key.public().to_pem().unwrap(), public);
    }

    #[test]
    fn the_id_is_the_thumbprint_of_rfc_8037() {
        let key: PublicKey = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".parse().unwrap();

        assert_eq!(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn what_is_no_public_key_is_refused_with_the_mend() {
        let weak = URL_SAFE_NO_PAD.encode([0; 32]);
        let short = URL_SAFE_NO_PAD.encode([7; 31]);
        for text in [
            "",
            "é",
            weak.as_str(),
            short.as_str(),
            "-----BEGIN PUBLIC KEY-----\n",
        ] {
            assert!(
                text.parse::<PublicKey>()
                    .unwrap_err()
                    .to_string()
                    .contains("base64url"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_debug_form_of_a_private_key_hides_it() {
        let key = PrivateKey::generate(&SeededRandom::new(1));

        let secret = URL_SAFE_NO_PAD.encode(key.0.as_bytes());
        assert!(!format!("{key:?}").contains(&secret));
    }
}
