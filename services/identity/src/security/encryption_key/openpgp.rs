//! OpenPGP keys (RFC 9580), armored.

use jiff::{SignedDuration, Timestamp};
use pgp::composed::{
    ArmorOptions, Deserializable as _, EncryptionCaps, KeyType, SecretKeyParamsBuilder, SignedPublicKey,
    SignedSecretKey, SubkeyParamsBuilder,
};
use pgp::packet::{Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::ser::Serialize as _;
use pgp::types::{
    Duration, KeyDetails, KeyVersion, Password, PublicParams, SigningKey as _, Tag, Timestamp as KeyTime,
};
use secrecy::SecretString;

use super::randomness::Randomness;
use super::{LEAST_RSA_BITS, PublicKey, Unfit, Wanted, failed};
use crate::domain::encryption_key::KeyFormat;
use crate::error::Error;

pub(super) fn read(text: &str) -> Result<PublicKey, Unfit> {
    let (key, _) = SignedPublicKey::from_string(text).map_err(|_| Unfit::NotAKey)?;
    key.verify_bindings().map_err(|_| Unfit::NotAKey)?;
    describe(&key)
}

fn describe(key: &SignedPublicKey) -> Result<PublicKey, Unfit> {
    if !key.details.revocation_signatures.is_empty() {
        return Err(Unfit::Revoked);
    }
    let parts = encrypting(key);
    // Whoever encrypts takes the newest part.
    let newest = parts
        .iter()
        .max_by_key(|part| part.created)
        .ok_or(Unfit::SignsOnly)?;
    let signing = algorithm(key.primary_key.public_params());
    let (Some(_), Some(algorithm)) = (signing, algorithm(newest.params)) else {
        return Err(Unfit::Weak);
    };
    let ends = [own_end(key), newest.end].into_iter().flatten();
    Ok(PublicKey {
        format: KeyFormat::Openpgp,
        algorithm,
        fingerprint: format!("{:x}", key.primary_key.fingerprint()),
        text: key
            .to_armored_string(ArmorOptions::default())
            .map_err(|_| Unfit::NotAKey)?,
        expires_at: ends.min(),
    })
}

/// A part that can be encrypted to.
struct Encrypting<'a> {
    params: &'a PublicParams,
    created: KeyTime,
    end: Option<Timestamp>,
}

fn encrypting(key: &SignedPublicKey) -> Vec<Encrypting<'_>> {
    let mut parts = Vec::new();
    for subkey in &key.public_subkeys {
        let revoked = |signature: &Signature| signature.typ() == Some(SignatureType::SubkeyRevocation);
        if subkey.signatures.iter().any(revoked) {
            continue;
        }
        let Some(binding) = newest(subkey.signatures.iter()) else {
            continue;
        };
        if encrypts(binding) {
            parts.push(Encrypting {
                params: subkey.key.public_params(),
                created: subkey.key.created_at(),
                end: end(subkey.key.created_at(), binding),
            });
        }
    }
    if own_signature(key).is_some_and(encrypts) {
        parts.push(Encrypting {
            params: key.primary_key.public_params(),
            created: key.primary_key.created_at(),
            end: None,
        });
    }
    parts
}

fn encrypts(signature: &Signature) -> bool {
    let flags = signature.key_flags();
    flags.encrypt_comms() || flags.encrypt_storage()
}

/// What the key says of itself, last of all.
fn own_signature(key: &SignedPublicKey) -> Option<&Signature> {
    let by_name = key.details.users.iter().flat_map(|user| user.signatures.iter());
    newest(key.details.direct_signatures.iter().chain(by_name))
}

fn newest<'a>(signatures: impl Iterator<Item = &'a Signature>) -> Option<&'a Signature> {
    signatures.max_by_key(|signature| signature.created())
}

fn own_end(key: &SignedPublicKey) -> Option<Timestamp> {
    end(key.primary_key.created_at(), own_signature(key)?)
}

/// Zero seconds mean that it doesn't end.
fn end(created: KeyTime, signature: &Signature) -> Option<Timestamp> {
    let lifetime = signature
        .key_expiration_time()
        .filter(|lifetime| lifetime.as_secs() > 0)?;
    let created = Timestamp::from_second(created.as_secs().into()).ok()?;
    created
        .checked_add(SignedDuration::from_secs(lifetime.as_secs().into()))
        .ok()
}

/// What it is made of; none where that is weak or unknown.
fn algorithm(params: &PublicParams) -> Option<String> {
    match params {
        PublicParams::RSA(_) => {
            // The modulus comes first, as its length in bits and its bytes (RFC 9580, 3.2).
            let bytes = params.to_bytes().ok()?;
            let bits = usize::from(u16::from_be_bytes(*bytes.first_chunk()?));
            (bits >= LEAST_RSA_BITS).then(|| format!("rsa-{bits}"))
        }
        PublicParams::ECDSA(_) => Some("ecdsa".to_owned()),
        PublicParams::ECDH(_) => Some("ecdh".to_owned()),
        PublicParams::EdDSALegacy(_) | PublicParams::Ed25519(_) => Some("ed25519".to_owned()),
        PublicParams::X25519(_) => Some("x25519".to_owned()),
        PublicParams::Ed448(_) => Some("ed448".to_owned()),
        PublicParams::X448(_) => Some("x448".to_owned()),
        PublicParams::DSA(_) | PublicParams::Elgamal(_) | PublicParams::Unknown { .. } => None,
    }
}

pub(super) fn generate(
    wanted: &Wanted<'_>,
    random: Randomness<'_>,
) -> Result<(PublicKey, SecretString), Error> {
    let created = u32::try_from(wanted.created_at.as_second()).map_err(failed)?;
    let created = KeyTime::from_secs(created);
    let lifetime = wanted.expires_at.duration_since(wanted.created_at).as_secs();
    let lifetime = Duration::from_secs(u32::try_from(lifetime).map_err(failed)?);
    // Version 4 and these algorithms are read by every program in use; the ones of version 6 are not.
    let encryption = SubkeyParamsBuilder::default()
        .version(KeyVersion::V4)
        .key_type(KeyType::ECDH(pgp::crypto::ecc_curve::ECCCurve::Curve25519Legacy))
        .can_encrypt(EncryptionCaps::All)
        .created_at(created)
        .build()
        .map_err(failed)?;
    let parameters = SecretKeyParamsBuilder::default()
        .version(KeyVersion::V4)
        .key_type(KeyType::Ed25519Legacy)
        .can_certify(true)
        .can_sign(true)
        .created_at(created)
        .primary_user_id(wanted.display_name.as_str().to_owned())
        .subkey(encryption)
        .build()
        .map_err(failed)?;
    let mut private = parameters.generate(random).map_err(failed)?;
    end_by(&mut private, lifetime).map_err(failed)?;
    let public = describe(&private.to_public_key()).map_err(failed)?;
    let text = private
        .to_armored_string(ArmorOptions::default())
        .map_err(failed)?;
    Ok((public, text.into()))
}

/// Writes the end into what the key says of itself: the library doesn't do so when it makes one.
fn end_by(key: &mut SignedSecretKey, lifetime: Duration) -> pgp::errors::Result<()> {
    let primary = &key.primary_key;
    for user in &mut key.details.users {
        for signature in &mut user.signatures {
            let Some(before) = signature.config() else {
                continue;
            };
            let mut config = SignatureConfig::v4(before.typ(), primary.algorithm(), primary.hash_alg());
            config.hashed_subpackets = before.hashed_subpackets.clone();
            config
                .hashed_subpackets
                .push(Subpacket::regular(SubpacketData::KeyExpirationTime(lifetime))?);
            config.unhashed_subpackets = before.unhashed_subpackets.clone();
            *signature = config.sign_certification(
                primary,
                primary.public_key(),
                &Password::empty(),
                Tag::UserId,
                &user.id,
            )?;
        }
    }
    Ok(())
}
