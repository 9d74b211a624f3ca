//! Lists the encryption keys of an organization.

use entente_ids::{EncryptionKeyId, OrganizationId};
use entente_paging::Page;
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
    /// Which page.
    pub page: Page<(Timestamp, EncryptionKeyId)>,
}

/// Lists them, oldest first, with the token of the next page.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: &ListEncryptionKeys) -> Result<(Vec<EncryptionKey>, String), Error> {
    let first = (Timestamp::UNIX_EPOCH, EncryptionKeyId::from_uuid(Uuid::nil()));
    let after = *query.page.after().unwrap_or(&first);
    let mut tx = app
        .database()
        .tenant("identity.list_encryption_keys", query.organization.uuid())
        .await?;
    let found = encryption_key::list(&mut tx, query.organization, after, query.page.limit()).await?;
    tx.commit().await?;
    Ok(query.page.cut(found, |last| (last.created_at, last.id)))
}
