//! Deletes an encryption key.

use entente_access::Access;
use entente_contracts::identity::v1::{DeleteEncryptionKeyRequest, DeleteEncryptionKeyResponse};
use entente_idempotency::Once;
use entente_ids::{EncryptionKeyId, OrganizationId};
use entente_service::Actor;

use super::App;
use crate::error::Error;
use crate::store::encryption_key;

/// Which key to delete.
#[derive(Debug, Clone)]
pub struct DeleteEncryptionKey {
    /// Where.
    pub organization: OrganizationId,
    /// Which key.
    pub id: EncryptionKeyId,
}

/// Deletes the key: nothing is encrypted to it any more.
///
/// # Errors
/// [`Error::NotFound`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: DeleteEncryptionKey,
    once: Once<'_, DeleteEncryptionKeyRequest>,
) -> Result<DeleteEncryptionKeyResponse, Error> {
    let mut tx = app
        .database()
        .tenant("identity.delete_encryption_key", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let before = encryption_key::find(&mut tx, command.organization, command.id)
        .await?
        .ok_or(Error::NotFound("encryption key"))?;
    encryption_key::delete(&mut tx, command.organization, command.id).await?;
    let actor = Actor::from(access);
    app.announcer
        .encryption_key(&mut tx, "encryption_key.deleted", &actor, Some(&before), None)
        .await?;
    let answer = DeleteEncryptionKeyResponse {};
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}
