//! Adds a product to an organization.

use entente_contracts::partners::v1::{CreateProductRequest, CreateProductResponse};

use super::{App, Call};
use crate::domain::name::Name;
use crate::domain::product::Product;
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// What to add.
#[derive(Debug, Clone)]
pub struct NewProduct {
    /// The category that it stands in.
    pub category: Name,
    /// Its name.
    pub display_name: Name,
}

/// Adds it.
///
/// # Errors
/// [`Error::NameTaken`], or a failure beneath.
pub async fn create_product(
    app: &App,
    call: &Call<CreateProductRequest>,
    new: NewProduct,
) -> Result<CreateProductResponse, Error> {
    let mut tx = app
        .database()
        .tenant("partners.create_product", call.organization.uuid())
        .await?;
    let once = call.once();
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let now = app.now();
    let product = Product {
        id: app.new_id(now),
        organization: call.organization,
        category: new.category,
        display_name: new.display_name,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    store::product::add(&mut tx, &product).await?;
    app.announcer
        .product(&mut tx, "product.created", &call.actor, None, &product)
        .await?;
    let answer = CreateProductResponse {
        product: Some(convert::product(&product)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.wake();
    Ok(answer)
}
