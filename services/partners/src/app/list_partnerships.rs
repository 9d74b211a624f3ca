//! Lists the partnerships of an organization, on either side.

use entente_ids::{OrganizationId, PartnershipId};
use entente_paging::Page;
use uuid::Uuid;

use super::App;
use crate::domain::partnership::{Partnership, PartnershipState};
use crate::error::Error;
use crate::store;

/// Lists them, newest first, with the token of the next page.
///
/// # Errors
/// A failure beneath.
pub async fn list_partnerships(
    app: &App,
    organization: OrganizationId,
    state: Option<PartnershipState>,
    page: &Page<PartnershipId>,
) -> Result<(Vec<Partnership>, String), Error> {
    let before = page.after().map_or(Uuid::max(), |id| id.uuid());
    let mut tx = app
        .database()
        .tenant("partners.list_partnerships", organization.uuid())
        .await?;
    let rows = store::partnership::list(&mut tx, organization, state, before, page.limit()).await?;
    tx.commit().await?;
    Ok(page.cut(rows, |last| last.id))
}
