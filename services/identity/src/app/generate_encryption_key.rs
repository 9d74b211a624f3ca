//! Makes a pair of keys, keeps the public one, and gives the private one away.

use entente_access::Access;
use entente_contracts::identity::v1::{GenerateEncryptionKeyRequest, GenerateEncryptionKeyResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use super::App;
use super::upload_encryption_key::{add, new_key};
use crate::domain::encryption_key::{EncryptionKey, KeyFormat, LONGEST};
use crate::domain::name::DisplayName;
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::security::encryption_key::{Wanted, generate};

/// What to make.
#[derive(Debug, Clone)]
pub struct GenerateEncryptionKey {
    /// Where.
    pub organization: OrganizationId,
    /// The name that tells it from others.
    pub display_name: DisplayName,
    /// Its format.
    pub format: KeyFormat,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Makes the keys. The private half is in this answer only: it is stored nowhere, and a replay leaves it out.
///
/// # Errors
/// [`Error::Field`] for its end, or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: GenerateEncryptionKey,
    once: Once<'_, GenerateEncryptionKeyRequest>,
) -> Result<GenerateEncryptionKeyResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.generate_encryption_key", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let left = command.expires_at.duration_since(now);
    if !left.is_positive() || left > LONGEST {
        let description = "is not within the next 731 days: give a time in the future, at most so far away";
        return Err(Error::field("expire_time", description));
    }
    let wanted = Wanted {
        format: command.format,
        display_name: &command.display_name,
        created_at: now,
        expires_at: command.expires_at,
    };
    let (public, private) = generate(&wanted, &app.context.random)?;
    let key = EncryptionKey {
        generated: true,
        expires_at: Some(command.expires_at),
        ..new_key(app, command.organization, command.display_name, public)
    };
    add(app, access, &mut tx, &key).await?;
    let kept = GenerateEncryptionKeyResponse {
        encryption_key: Some(messages::encryption_key(&key)),
        private_key: String::new(),
    };
    once.remember(&mut tx, &kept).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(GenerateEncryptionKeyResponse {
        private_key: private.expose_secret().to_owned(),
        ..kept
    })
}
