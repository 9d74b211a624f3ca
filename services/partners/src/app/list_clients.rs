//! Lists the clients that have entrusted something to a partner.

use entente_ids::{OrganizationId, PartnershipId};
use entente_paging::Page;
use uuid::Uuid;

use super::App;
use crate::domain::name::key;
use crate::domain::partnership::Partnership;
use crate::error::Error;
use crate::store;

/// Lists the partnerships in force by the client's name, with the token of the next page. An empty query means all.
///
/// # Errors
/// A failure beneath.
pub async fn list_clients(
    app: &App,
    partner: OrganizationId,
    query: &str,
    page: &Page<(String, PartnershipId)>,
) -> Result<(Vec<Partnership>, String), Error> {
    let (name, id) = page
        .after()
        .map_or(("", Uuid::nil()), |(name, id)| (name, id.uuid()));
    let mut tx = app
        .database()
        .tenant("partners.list_clients", partner.uuid())
        .await?;
    let rows = store::partnership::list_clients(&mut tx, partner, query, (name, id), page.limit()).await?;
    tx.commit().await?;
    Ok(page.cut(rows, |last| (key(&last.client.name), last.id)))
}
