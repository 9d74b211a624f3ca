//! Reads one service account.

use entente_ids::{OrganizationId, ServiceAccountId};

use super::App;
use crate::domain::service_account::ServiceAccount;
use crate::error::Error;
use crate::store::service_account;

/// Reads it, deleted or not.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(
    app: &App,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<ServiceAccount, Error> {
    let mut tx = app
        .database()
        .tenant("identity.get_service_account", organization.uuid())
        .await?;
    let found = service_account::find(&mut tx, organization, id).await?;
    tx.commit().await?;
    found.ok_or(Error::NotFound("service account"))
}
