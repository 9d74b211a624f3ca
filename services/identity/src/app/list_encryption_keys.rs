//! Lists the encryption keys of an organization.

use entente_ids::OrganizationId;
use jiff::Timestamp;
use uuid::Uuid;

use super::App;
use crate::domain::encryption_key::EncryptionKey;
use crate::error::Error;
use crate::store::encryption_key;

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListEncryptionKeys {
    /// The organization.
    pub organization: OrganizationId,
    /// The key after which the page begins; none for the first.
    pub after: Option<(Timestamp, Uuid)>,
    /// At most so many.
    pub limit: i64,
}

/// Lists them, oldest first.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: &ListEncryptionKeys) -> Result<Vec<EncryptionKey>, Error> {
    let after = query.after.unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
    let mut tx = app
        .database()
        .tenant("identity.list_encryption_keys", query.organization.uuid())
        .await?;
    let found = encryption_key::list(&mut tx, query.organization, after, query.limit).await?;
    tx.commit().await?;
    Ok(found)
}
