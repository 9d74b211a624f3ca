//! Lists the service accounts of an organization.

use entente_ids::OrganizationId;

use super::App;
use crate::domain::service_account::ServiceAccount;
use crate::error::Error;
use crate::store::service_account;

/// Lists them by name, without the deleted ones, after the one whose name has this key.
///
/// # Errors
/// A failure of the database.
pub async fn run(
    app: &App,
    organization: OrganizationId,
    after: &str,
    limit: i64,
) -> Result<Vec<ServiceAccount>, Error> {
    let mut tx = app
        .database()
        .tenant("identity.list_service_accounts", organization.uuid())
        .await?;
    let found = service_account::list(&mut tx, organization, after, limit).await?;
    tx.commit().await?;
    Ok(found)
}
