//! Reads one product.

use entente_ids::{OrganizationId, ProductId};

use super::App;
use crate::domain::product::Product;
use crate::error::Error;
use crate::store;

/// Reads it.
///
/// # Errors
/// [`Error::NotFound`], or a failure beneath.
pub async fn get_product(app: &App, organization: OrganizationId, id: ProductId) -> Result<Product, Error> {
    let mut tx = app
        .database()
        .tenant("partners.get_product", organization.uuid())
        .await?;
    let product = store::product::find(&mut tx, organization, id).await?;
    tx.commit().await?;
    product.ok_or(Error::NotFound("product"))
}
