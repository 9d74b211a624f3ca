//! Changes a product.

use entente_contracts::partners::v1::{UpdateProductRequest, UpdateProductResponse};
use entente_ids::ProductId;

use super::{App, Call, check_etag};
use crate::domain::product::ProductUpdate;
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// What to change.
#[derive(Debug, Clone)]
pub struct UpdateProduct {
    /// Which product.
    pub id: ProductId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// What is to be different.
    pub update: ProductUpdate,
}

/// Changes it. Where nothing differs, nothing happens.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::NameTaken`], or a failure beneath.
pub async fn update_product(
    app: &App,
    call: &Call<UpdateProductRequest>,
    command: UpdateProduct,
) -> Result<UpdateProductResponse, Error> {
    let mut tx = app
        .database()
        .tenant("partners.update_product", call.organization.uuid())
        .await?;
    let once = call.once();
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let before = store::product::lock(&mut tx, call.organization, command.id).await?;
    let before = before.ok_or(Error::NotFound("product"))?;
    check_etag(&command.etag, before.version)?;
    let after = before.updated(command.update, app.now());
    if let Some(after) = &after {
        store::product::update(&mut tx, after).await?;
        app.announcer
            .product(&mut tx, "product.updated", &call.actor, Some(&before), after)
            .await?;
    }
    let answer = UpdateProductResponse {
        product: Some(convert::product(after.as_ref().unwrap_or(&before))),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.wake();
    Ok(answer)
}
