//! Lists the service accounts of an organization.

use entente_ids::OrganizationId;
use entente_paging::Page;

use super::App;
use crate::domain::service_account::ServiceAccount;
use crate::error::Error;
use crate::store::service_account;

/// Lists them by name, without the deleted ones, with the token of the next page.
///
/// # Errors
/// A failure of the database.
pub async fn run(
    app: &App,
    organization: OrganizationId,
    page: &Page<String>,
) -> Result<(Vec<ServiceAccount>, String), Error> {
    let after = page.after().map_or("", String::as_str);
    let mut tx = app
        .database()
        .tenant("identity.list_service_accounts", organization.uuid())
        .await?;
    let found = service_account::list(&mut tx, organization, after, page.limit()).await?;
    tx.commit().await?;
    Ok(page.cut(found, |last| last.display_name.key()))
}
