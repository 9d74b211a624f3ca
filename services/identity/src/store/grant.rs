//! What mandates grant, as partners said last.

use entente_ids::ProductId;
use entente_pg::Error;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::domain::decision::{Grant, Scope};

/// What became of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is what holds now.
    Newer,
    /// A version at least as new was there.
    Stale,
    /// The partnership is one of other organizations.
    OtherParties,
}

/// Puts a grant in, unless its version is known or older.
///
/// # Errors
/// [`Error`], with the constraint `mandate_grant_client` or `mandate_grant_partner` for an organization that isn't there.
pub async fn put(conn: &mut PgConnection, grant: &Grant, now: Timestamp) -> Result<Put, Error> {
    let products = match &grant.scope {
        Scope::Complete => None,
        Scope::Limited(products) => Some(products.iter().map(|product| product.uuid()).collect::<Vec<_>>()),
    };
    let written = sqlx::query!(
        "insert into identity.mandate_grant as known
           (partnership_id, client_id, partner_id, version, ended, product_ids, ceiling, end_time, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (partnership_id) do update set version = excluded.version, ended = excluded.ended,
           product_ids = excluded.product_ids, ceiling = excluded.ceiling, end_time = excluded.end_time,
           updated_at = excluded.updated_at
         where known.version < excluded.version
           and (known.client_id, known.partner_id) = (excluded.client_id, excluded.partner_id)",
        grant.partnership.uuid(),
        grant.client.uuid(),
        grant.partner.uuid(),
        grant.version,
        grant.ended,
        products.as_deref(),
        Json(&grant.ceiling) as _,
        grant.end_time.map(|time| time.to_sqlx()) as _,
        now.to_sqlx(),
    )
    .execute(&mut *conn)
    .await
    .map_err(Error::from);
    match written {
        Ok(written) if written.rows_affected() == 1 => return Ok(Put::Newer),
        Ok(_) => {}
        // The row is there, and row-level security doesn't let this client see it.
        Err(refused) if refused.code().as_deref() == Some("42501") => return Ok(Put::OtherParties),
        Err(failed) => return Err(failed),
    }
    let same_parties = sqlx::query_scalar!(
        r#"select exists (select from identity.mandate_grant
             where partnership_id = $1 and client_id = $2 and partner_id = $3) as "same!""#,
        grant.partnership.uuid(),
        grant.client.uuid(),
        grant.partner.uuid(),
    )
    .fetch_one(conn)
    .await?;
    Ok(if same_parties {
        Put::Stale
    } else {
        Put::OtherParties
    })
}

/// The scope of a stored grant.
pub(super) fn scope(product_ids: Option<Vec<uuid::Uuid>>) -> Scope {
    match product_ids {
        None => Scope::Complete,
        Some(products) => Scope::Limited(products.into_iter().map(ProductId::from_uuid).collect()),
    }
}
