//! Lists the invitations that an organization sent or received.

use entente_contracts::partners::v1 as contract;
use entente_ids::OrganizationId;
use uuid::Uuid;

use super::App;
use crate::domain::invitation::InvitationState;
use crate::error::Error;
use crate::grpc::convert;
use crate::grpc::page::{self, Page};
use crate::store;

/// Lists them as they stand now, newest first, with the token of the next page.
///
/// # Errors
/// [`Error::Fields`] for a token that can't be used, or a failure beneath.
pub async fn list_invitations(
    app: &App,
    organization: OrganizationId,
    state: Option<InvitationState>,
    page: &Page<1>,
) -> Result<(Vec<contract::PartnershipInvitation>, String), Error> {
    let before = match page.after() {
        Some([id]) => id.parse().map_err(|_| page::wrong())?,
        None => Uuid::max(),
    };
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("partners.list_invitations", organization.uuid())
        .await?;
    let rows = store::invitation::list(&mut tx, organization, state, now, before, page.limit()).await?;
    tx.commit().await?;
    let (rows, next) = page.cut(rows, |last| [last.id.uuid().to_string()]);
    Ok((
        rows.iter()
            .map(|invitation| convert::invitation(invitation, now))
            .collect(),
        next,
    ))
}
