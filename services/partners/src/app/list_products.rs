//! Lists the products of an organization.

use entente_ids::OrganizationId;
use entente_paging::Page;

use super::App;
use crate::domain::name::key;
use crate::domain::product::Product;
use crate::error::Error;
use crate::store;

/// Lists them by category and name, with the token of the next page. An empty category means all.
///
/// # Errors
/// A failure beneath.
pub async fn list_products(
    app: &App,
    organization: OrganizationId,
    category: &str,
    page: &Page<(String, String)>,
) -> Result<(Vec<Product>, String), Error> {
    let after = page.after().map_or(("", ""), |(category, name)| (category, name));
    let mut tx = app
        .database()
        .tenant("partners.list_products", organization.uuid())
        .await?;
    let products = store::product::list(&mut tx, organization, &key(category), after, page.limit()).await?;
    tx.commit().await?;
    Ok(page.cut(products, |product| {
        (product.category.key(), product.display_name.key())
    }))
}
