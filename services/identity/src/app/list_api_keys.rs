//! Lists the keys of a service account.

use entente_ids::{OrganizationId, ServiceAccountId};
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
    /// The key after which the page begins; none for the first.
    pub after: Option<(Timestamp, Uuid)>,
    /// At most so many.
    pub limit: i64,
}

/// Lists them, oldest first, also those that have ended.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, query: &ListApiKeys) -> Result<Vec<ApiKey>, Error> {
    let after = query.after.unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
    let mut tx = app
        .database()
        .tenant("identity.list_api_keys", query.organization.uuid())
        .await?;
    service_account::find(&mut tx, query.organization, query.service_account)
        .await?
        .ok_or(Error::NotFound("service account"))?;
    let found = api_key::list(&mut tx, query.service_account, after, query.limit).await?;
    tx.commit().await?;
    Ok(found)
}
