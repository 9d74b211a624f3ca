//! Ends a partnership, from either side.
//!
//! What is to happen is stored first; then identity revokes access; then it is over. Whatever stops between these is
//! finished by [`super::recover_partnerships`].

use entente_contracts::partners::v1::{EndPartnershipRequest, EndPartnershipResponse};
use entente_ids::PartnershipId;

use super::begin_end::begin_end;
use super::complete_partnership::complete_partnership;
use super::{App, Call, check_etag};
use crate::domain::partnership::Partnership;
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// Ends it; answers when access has ended everywhere. Where somebody else's end is under way, it waits for that.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Partnership`], [`Error::Grant`], or a failure beneath.
pub async fn end_partnership(
    app: &App,
    call: &Call<EndPartnershipRequest>,
    id: PartnershipId,
) -> Result<EndPartnershipResponse, Error> {
    let mut tx = app
        .database()
        .tenant("partners.end_partnership", call.organization.uuid())
        .await?;
    let once = call.once();
    let replayed: Option<EndPartnershipResponse> = once.replay(&mut tx).await?;
    let partnership = store::partnership::lock(&mut tx, call.organization, id).await?;
    let mut partnership = partnership.ok_or(Error::NotFound("partnership"))?;
    if replayed.is_none() {
        check_etag(&call.request.etag, partnership.version)?;
        let intent = app.intent(&call.actor, app.now());
        begin_end(app, &mut tx, &mut partnership, intent).await?;
        // What is kept says only that it was asked for: a repeated call waits for the end as the first one does.
        once.remember(&mut tx, &answer(&partnership)).await?;
    }
    tx.commit().await?;
    Ok(answer(&complete_partnership(app, partnership).await?))
}

fn answer(partnership: &Partnership) -> EndPartnershipResponse {
    EndPartnershipResponse {
        partnership: Some(convert::partnership(partnership)),
    }
}
