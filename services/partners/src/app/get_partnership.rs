//! Reads one partnership.

use entente_ids::{OrganizationId, PartnershipId};

use super::App;
use crate::domain::partnership::Partnership;
use crate::error::Error;
use crate::store;

/// Reads it, for its client or its partner.
///
/// # Errors
/// [`Error::NotFound`], or a failure beneath.
pub async fn get_partnership(
    app: &App,
    organization: OrganizationId,
    id: PartnershipId,
) -> Result<Partnership, Error> {
    let mut tx = app
        .database()
        .tenant("partners.get_partnership", organization.uuid())
        .await?;
    let partnership = store::partnership::find(&mut tx, organization, id).await?;
    tx.commit().await?;
    partnership.ok_or(Error::NotFound("partnership"))
}
