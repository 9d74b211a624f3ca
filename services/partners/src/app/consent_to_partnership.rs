//! Consents, as the client, to a partnership that began when the partner created it.
//!
//! What takes something away from the partner is stored first; then identity narrows access; then it is in force. Whatever
//! stops between these is finished by [`super::recover_partnerships`].

use entente_contracts::partners::v1::{ConsentToPartnershipRequest, ConsentToPartnershipResponse};
use entente_ids::PartnershipId;
use sqlx::PgConnection;

use super::check_products::check_products;
use super::complete_partnership::complete_partnership;
use super::{App, Call, check_etag};
use crate::domain::mandate::Scope;
use crate::domain::partnership::{Partnership, PartnershipState};
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// Consents to as much as this scope; answers when that is in force everywhere.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::Partnership`], [`Error::Fields`] for a product that isn't the
/// client's, [`Error::Grant`], or a failure beneath.
pub async fn consent_to_partnership(
    app: &App,
    call: &Call<ConsentToPartnershipRequest>,
    id: PartnershipId,
    scope: Scope,
) -> Result<ConsentToPartnershipResponse, Error> {
    let mut tx = app
        .database()
        .tenant("partners.consent_to_partnership", call.organization.uuid())
        .await?;
    let once = call.once();
    let replayed: Option<ConsentToPartnershipResponse> = once.replay(&mut tx).await?;
    let partnership = store::partnership::lock(&mut tx, call.organization, id).await?;
    let mut partnership = partnership.ok_or(Error::NotFound("partnership"))?;
    if replayed.is_none() {
        consent(app, &mut tx, call, &mut partnership, scope).await?;
        // What is kept says only that it was asked for: a repeated call waits as the first one does.
        once.remember(&mut tx, &answer(&partnership)).await?;
    }
    tx.commit().await?;
    app.wake();
    Ok(answer(&complete_partnership(app, partnership).await?))
}

async fn consent(
    app: &App,
    conn: &mut PgConnection,
    call: &Call<ConsentToPartnershipRequest>,
    partnership: &mut Partnership,
    scope: Scope,
) -> Result<(), Error> {
    check_etag(&call.request.etag, partnership.version)?;
    let (before, now) = (partnership.clone(), app.now());
    partnership.consent(call.organization, scope, app.intent(&call.actor, now), now)?;
    check_products(conn, call.organization, &partnership.mandate.scope).await?;
    store::partnership::update(conn, partnership).await?;
    // A narrowing is told of when it is in force.
    if partnership.state == PartnershipState::Narrowing {
        return Ok(());
    }
    app.announcer
        .partnership(
            conn,
            "partnership.consented",
            &call.actor,
            Some(&before),
            partnership,
        )
        .await
}

fn answer(partnership: &Partnership) -> ConsentToPartnershipResponse {
    ConsentToPartnershipResponse {
        partnership: Some(convert::partnership(partnership)),
    }
}
