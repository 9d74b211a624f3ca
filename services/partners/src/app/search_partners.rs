//! Searches the public directory of partners.

use entente_ids::OrganizationId;
use entente_paging::Page;
use uuid::Uuid;

use super::App;
use crate::domain::name::key;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::store;

/// Finds partners by part of the name or by the whole address, by name, with the token of the next page. Who asks isn't
/// found.
///
/// # Errors
/// A failure beneath.
pub async fn search_partners(
    app: &App,
    asking: OrganizationId,
    query: &str,
    page: &Page<(String, OrganizationId)>,
) -> Result<(Vec<Organization>, String), Error> {
    let (name, id) = page
        .after()
        .map_or(("", Uuid::nil()), |(name, id)| (name, id.uuid()));
    // The directory is public and belongs to nobody: the tenants' role doesn't see it.
    let mut tx = app.database().system("partners.search_directory").await?;
    let found = store::organization::search(&mut tx, asking, query, (name, id), page.limit()).await?;
    tx.commit().await?;
    Ok(page.cut(found, |last| (key(&last.display_name), last.id)))
}
