//! Reading an organization's account.

use entente_ids::OrganizationId;

use super::App;
use crate::domain::account::Account;
use crate::error::Error;
use crate::store;

/// Reads it.
///
/// # Errors
/// [`Error::NotOpen`] for an organization that is only just there, or when the database fails.
pub async fn get_billing_account(app: &App, organization: OrganizationId) -> Result<Account, Error> {
    let mut tx = app
        .context
        .database
        .tenant("billing.get_billing_account", organization.uuid())
        .await?;
    let account = store::account::find(&mut tx, organization).await?;
    tx.commit().await?;
    account.ok_or(Error::NotOpen)
}
