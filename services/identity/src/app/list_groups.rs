//! Lists the groups of an organization.

use entente_ids::OrganizationId;
use entente_paging::Page;

use super::App;
use crate::domain::group::Group;
use crate::error::Error;
use crate::store::group;

/// Lists them by name, with the token of the next page.
///
/// # Errors
/// A failure of the database.
pub async fn run(
    app: &App,
    organization: OrganizationId,
    page: &Page<String>,
) -> Result<(Vec<Group>, String), Error> {
    let after = page.after().map_or("", String::as_str);
    let mut tx = app
        .database()
        .tenant("identity.list_groups", organization.uuid())
        .await?;
    let found = group::list(&mut tx, organization, after, page.limit()).await?;
    tx.commit().await?;
    Ok(page.cut(found, |last| last.display_name.key()))
}
