//! Reads one encryption key.

use entente_ids::{EncryptionKeyId, OrganizationId};

use super::App;
use crate::domain::encryption_key::EncryptionKey;
use crate::error::Error;
use crate::store::encryption_key;

/// Reads it.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(
    app: &App,
    organization: OrganizationId,
    id: EncryptionKeyId,
) -> Result<EncryptionKey, Error> {
    let mut tx = app
        .database()
        .tenant("identity.get_encryption_key", organization.uuid())
        .await?;
    let found = encryption_key::find(&mut tx, organization, id).await?;
    tx.commit().await?;
    found.ok_or(Error::NotFound("encryption key"))
}
