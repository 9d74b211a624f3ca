//! Whether a mandate names its client's own products.

use entente_ids::OrganizationId;
use sqlx::PgConnection;

use crate::domain::mandate::Scope;
use crate::error::{Error, Violation};
use crate::store;

/// Checks the products that a mandate of the client is to name.
///
/// # Errors
/// [`Error::Fields`] naming each that isn't the client's, or a failure beneath.
pub async fn check_products(
    conn: &mut PgConnection,
    client: OrganizationId,
    scope: &Scope,
) -> Result<(), Error> {
    if scope.products().is_empty() {
        return Ok(());
    }
    let known = store::product::known(conn, client, scope.products()).await?;
    let foreign = scope
        .products()
        .iter()
        .enumerate()
        .filter(|(_, product)| !known.contains(product));
    let violations: Vec<_> = foreign
        .map(|(index, _)| Violation {
            field: format!("products[{index}]"),
            description: "is not a product of your organization: give ids that ListProducts shows".to_owned(),
        })
        .collect();
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Error::Fields(violations))
    }
}
