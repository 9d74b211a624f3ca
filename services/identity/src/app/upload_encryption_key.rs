//! Takes in a public key.

use entente_access::Access;
use entente_contracts::identity::v1::{UploadEncryptionKeyRequest, UploadEncryptionKeyResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_pg::Tx;
use entente_service::Actor;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::App;
use crate::domain::encryption_key::EncryptionKey;
use crate::domain::name::DisplayName;
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::security::encryption_key::{PublicKey, Unfit, read};
use crate::store::encryption_key;

/// What to take in.
#[derive(Debug)]
pub struct UploadEncryptionKey {
    /// Where.
    pub organization: OrganizationId,
    /// The name that tells it from others.
    pub display_name: DisplayName,
    /// What was sent. It may be a private key by mistake, so nothing shows it.
    pub text: SecretString,
    /// When it is to expire, if before its own end.
    pub expires_at: Option<Timestamp>,
}

/// Takes the key in.
///
/// # Errors
/// [`Error::Field`] for a text that is no fit public key, [`Error::KeyKnown`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: UploadEncryptionKey,
    once: Once<'_, UploadEncryptionKeyRequest>,
) -> Result<UploadEncryptionKeyResponse, Error> {
    let now = app.now();
    let public =
        read(command.text.expose_secret()).map_err(|unfit| Error::field("public_key", unfit.to_string()))?;
    let expires_at = [public.expires_at, command.expires_at]
        .into_iter()
        .flatten()
        .min();
    if expires_at.is_some_and(|end| end <= now) {
        let field = if public.expires_at == expires_at {
            "public_key"
        } else {
            "expire_time"
        };
        return Err(Error::field(field, Unfit::Expired.to_string()));
    }
    let mut tx = app
        .database()
        .tenant("identity.upload_encryption_key", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let key = EncryptionKey {
        expires_at,
        ..new_key(app, command.organization, command.display_name, public)
    };
    add(app, access, &mut tx, &key).await?;
    let answer = UploadEncryptionKeyResponse {
        encryption_key: Some(messages::encryption_key(&key)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}

/// The record of a public key that was uploaded.
pub(super) fn new_key(
    app: &App,
    organization: OrganizationId,
    display_name: DisplayName,
    public: PublicKey,
) -> EncryptionKey {
    let now = app.now();
    EncryptionKey {
        id: app.new_id(now),
        organization,
        display_name,
        format: public.format,
        algorithm: public.algorithm,
        fingerprint: public.fingerprint,
        public_key: public.text,
        generated: false,
        expires_at: public.expires_at,
        warned_days: None,
        created_at: now,
    }
}

pub(super) async fn add(app: &App, access: &Access, tx: &mut Tx, key: &EncryptionKey) -> Result<(), Error> {
    encryption_key::add(tx, key).await?;
    let actor = Actor::from(access);
    app.announcer
        .encryption_key(tx, "encryption_key.created", &actor, None, Some(key))
        .await
}
