//! Products.

use std::collections::HashSet;

use entente_ids::{OrganizationId, ProductId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::name::Name;
use crate::domain::product::Product;
use crate::error::Error;

struct Row {
    id: Uuid,
    organization_id: Uuid,
    category: String,
    display_name: String,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for Product {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: ProductId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            category: Name::new(&row.category).map_err(|_| Error::Corrupt("product.category"))?,
            display_name: Name::new(&row.display_name).map_err(|_| Error::Corrupt("product.display_name"))?,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            "select id, organization_id, category, display_name, version, created_at, updated_at
             from partners.product " + $rest
            $(, $argument)*
        )
    };
}

/// Reads a product of an organization.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: ProductId,
) -> Result<Option<Product>, Error> {
    let row = select!(
        "where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid()
    );
    row.fetch_optional(conn).await?.map(TryInto::try_into).transpose()
}

/// Reads a product and keeps everybody else from changing it until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: ProductId,
) -> Result<Option<Product>, Error> {
    let row = select!(
        "where organization_id = $1 and id = $2 for update",
        organization.uuid(),
        id.uuid()
    );
    row.fetch_optional(conn).await?.map(TryInto::try_into).transpose()
}

/// Lists the products of an organization by category and name, after the given keys of both. An empty category means
/// all of them.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    category_key: &str,
    (after_category, after_name): (&str, &str),
    limit: i64,
) -> Result<Vec<Product>, Error> {
    let rows = select!(
        "where organization_id = $1 and ($2 = '' or category_key = $2) and (category_key, name_key) > ($3, $4)
         order by category_key, name_key limit $5",
        organization.uuid(),
        category_key,
        after_category,
        after_name,
        limit,
    );
    rows.fetch_all(conn)
        .await?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

/// Which of these are products of the organization.
///
/// # Errors
/// When the database fails.
pub async fn known(
    conn: &mut PgConnection,
    organization: OrganizationId,
    products: &[ProductId],
) -> Result<HashSet<ProductId>, Error> {
    let asked: Vec<Uuid> = products.iter().map(|product| product.uuid()).collect();
    let known = sqlx::query_scalar!(
        "select id from partners.product where organization_id = $1 and id = any($2)",
        organization.uuid(),
        &asked,
    );
    Ok(known
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(ProductId::from_uuid)
        .collect())
}

/// Adds a product.
///
/// # Errors
/// [`Error::NameTaken`], or when the database fails.
pub async fn add(conn: &mut PgConnection, product: &Product) -> Result<(), Error> {
    sqlx::query!(
        "insert into partners.product
           (id, organization_id, category, display_name, category_key, name_key, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        product.id.uuid(),
        product.organization.uuid(),
        product.category.as_str(),
        product.display_name.as_str(),
        product.category.key(),
        product.display_name.key(),
        product.version,
        product.created_at.to_sqlx(),
        product.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

/// Stores what can change of a product.
///
/// # Errors
/// [`Error::NameTaken`], or when the database fails.
pub async fn update(conn: &mut PgConnection, product: &Product) -> Result<(), Error> {
    sqlx::query!(
        "update partners.product
         set category = $3, display_name = $4, category_key = $5, name_key = $6, version = $7, updated_at = $8
         where organization_id = $1 and id = $2",
        product.organization.uuid(),
        product.id.uuid(),
        product.category.as_str(),
        product.display_name.as_str(),
        product.category.key(),
        product.display_name.key(),
        product.version,
        product.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

fn taken(cause: sqlx::Error) -> Error {
    let error = entente_pg::Error::from(cause);
    match error.constraint() {
        Some("product_name") => Error::NameTaken,
        Some(_) | None => error.into(),
    }
}
