//! Lists the partnerships of an organization, on either side.

use entente_ids::OrganizationId;
use uuid::Uuid;

use super::App;
use crate::domain::partnership::{Partnership, PartnershipState};
use crate::error::Error;
use crate::grpc::page::{self, Page};
use crate::store;

/// Lists them, newest first, with the token of the next page.
///
/// # Errors
/// [`Error::Fields`] for a token that can't be used, or a failure beneath.
pub async fn list_partnerships(
    app: &App,
    organization: OrganizationId,
    state: Option<PartnershipState>,
    page: &Page<1>,
) -> Result<(Vec<Partnership>, String), Error> {
    let before = match page.after() {
        Some([id]) => id.parse().map_err(|_| page::wrong())?,
        None => Uuid::max(),
    };
    let mut tx = app
        .database()
        .tenant("partners.list_partnerships", organization.uuid())
        .await?;
    let rows = store::partnership::list(&mut tx, organization, state, before, page.limit()).await?;
    tx.commit().await?;
    Ok(page.cut(rows, |last| [last.id.uuid().to_string()]))
}
