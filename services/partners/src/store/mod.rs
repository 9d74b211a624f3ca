//! The tables of partners: a file per aggregate, SQL in, domain types out.

pub mod invitation;
pub mod new_client;
pub mod organization;
pub mod partnership;
pub mod product;

use entente_ids::ProductId;
use uuid::Uuid;

use crate::domain::mandate::{Products, Scope};
use crate::error::Error;

/// Reads a word that the database keeps. Its checks let no other in.
fn word<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Corrupt(column))
}

fn scope(access: &str, products: Vec<Uuid>) -> Result<Scope, Error> {
    match (
        access,
        Products::new(products.into_iter().map(ProductId::from_uuid).collect()),
    ) {
        ("complete", None) => Ok(Scope::Complete),
        ("limited", Some(products)) => Ok(Scope::Limited(products)),
        _ => Err(Error::Corrupt("access")),
    }
}

fn product_uuids(scope: &Scope) -> Vec<Uuid> {
    scope.products().iter().map(|product| product.uuid()).collect()
}
