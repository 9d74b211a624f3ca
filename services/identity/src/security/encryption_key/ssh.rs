//! SSH keys, as they stand in authorized_keys.

use secrecy::SecretString;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey};

use super::randomness::Randomness;
use super::{LEAST_RSA_BITS, PublicKey, Unfit, Wanted, failed};
use crate::domain::encryption_key::KeyFormat;
use crate::error::Error;

pub(super) fn read(text: &str) -> Result<PublicKey, Unfit> {
    if text.lines().count() != 1 {
        return Err(Unfit::NotAKey);
    }
    let key: ssh_key::PublicKey = text.parse().map_err(|_| Unfit::NotAKey)?;
    describe(key)
}

fn describe(key: ssh_key::PublicKey) -> Result<PublicKey, Unfit> {
    // Of the kinds that there are, these two can be encrypted to (age, RFC-less but the common way).
    let algorithm = if let Some(rsa) = key.key_data().rsa() {
        let modulus = rsa.n.as_positive_bytes().ok_or(Unfit::NotAKey)?;
        let bits = modulus.len().saturating_mul(8);
        if bits < LEAST_RSA_BITS {
            return Err(Unfit::Weak);
        }
        format!("rsa-{bits}")
    } else if matches!(key.key_data(), KeyData::Ed25519(_)) {
        "ed25519".to_owned()
    } else if matches!(key.key_data(), KeyData::Dsa(_)) {
        return Err(Unfit::Weak);
    } else {
        return Err(Unfit::SignsOnly);
    };
    // The comment is about its owner, not about the key.
    let bare = ssh_key::PublicKey::from(key.key_data().clone());
    Ok(PublicKey {
        format: KeyFormat::Ssh,
        algorithm,
        fingerprint: bare.fingerprint(HashAlg::Sha256).to_string(),
        text: bare.to_openssh().map_err(|_| Unfit::NotAKey)?,
        expires_at: None,
    })
}

pub(super) fn generate(
    wanted: &Wanted<'_>,
    mut random: Randomness<'_>,
) -> Result<(PublicKey, SecretString), Error> {
    let mut private = PrivateKey::random(&mut random, Algorithm::Ed25519).map_err(failed)?;
    let public = describe(private.public_key().clone()).map_err(failed)?;
    private.set_comment(wanted.display_name.as_str());
    let text = private.to_openssh(LineEnding::LF).map_err(failed)?;
    Ok((public, text.as_str().into()))
}
