//! Lists the invitations that an organization sent or received.

use entente_contracts::partners::v1 as contract;
use entente_ids::{OrganizationId, PartnershipInvitationId};
use entente_paging::Page;
use uuid::Uuid;

use super::App;
use crate::domain::invitation::InvitationState;
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// Lists them as they stand now, newest first, with the token of the next page.
///
/// # Errors
/// A failure beneath.
pub async fn list_invitations(
    app: &App,
    organization: OrganizationId,
    state: Option<InvitationState>,
    page: &Page<PartnershipInvitationId>,
) -> Result<(Vec<contract::PartnershipInvitation>, String), Error> {
    let before = page.after().map_or(Uuid::max(), |id| id.uuid());
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("partners.list_invitations", organization.uuid())
        .await?;
    let rows = store::invitation::list(&mut tx, organization, state, now, before, page.limit()).await?;
    tx.commit().await?;
    let (rows, next) = page.cut(rows, |last| last.id);
    Ok((
        rows.iter()
            .map(|invitation| convert::invitation(invitation, now))
            .collect(),
        next,
    ))
}
