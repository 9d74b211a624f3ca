//! Lists the keys of a service account.

use entente_ids::{ApiKeyId, OrganizationId, ServiceAccountId};
use entente_paging::Page;
use jiff::Timestamp;
use uuid::Uuid;

use super::App;
use crate::domain::service_account::ApiKey;
use crate::error::Error;
use crate::store::{api_key, service_account};

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListApiKeys {
    /// The organization.
    pub organization: OrganizationId,
    /// Whose keys.
    pub service_account: ServiceAccountId,
    /// Which page.
    pub page: Page<(Timestamp, ApiKeyId)>,
}

/// Lists them, oldest first, also those that have ended, with the token of the next page.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, query: &ListApiKeys) -> Result<(Vec<ApiKey>, String), Error> {
    let first = (Timestamp::UNIX_EPOCH, ApiKeyId::from_uuid(Uuid::nil()));
    let after = *query.page.after().unwrap_or(&first);
    let mut tx = app
        .database()
        .tenant("identity.list_api_keys", query.organization.uuid())
        .await?;
    service_account::find(&mut tx, query.organization, query.service_account)
        .await?
        .ok_or(Error::NotFound("service account"))?;
    let found = api_key::list(&mut tx, query.service_account, after, query.page.limit()).await?;
    tx.commit().await?;
    Ok(query.page.cut(found, |last| (last.created_at, last.id)))
}
