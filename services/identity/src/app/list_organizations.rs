//! Lists the organizations directly below another one.

use entente_ids::OrganizationId;
use entente_paging::Page;

use super::App;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::store::organization::{self, Filter};

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListOrganizations {
    /// The organization above.
    pub parent: OrganizationId,
    /// Which of those below.
    pub filter: Filter,
    /// Which page, by the key of the name.
    pub page: Page<String>,
}

/// Lists them by name, with the token of the next page.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: &ListOrganizations) -> Result<(Vec<Organization>, String), Error> {
    let after = query.page.after().map_or("", String::as_str);
    let mut tx = app
        .database()
        .tenant("identity.list_organizations", query.parent.uuid())
        .await?;
    let found = organization::list(&mut tx, query.parent, &query.filter, after, query.page.limit()).await?;
    tx.commit().await?;
    let (mut page, next) = query.page.cut(found, |last| last.display_name.key());
    let now = app.now();
    page.retain(|found| !app.engine.has_left(found.id, &[query.parent], now));
    Ok((page, next))
}
