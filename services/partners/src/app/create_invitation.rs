//! Invites a partner.

use entente_contracts::partners::v1::{
    CreatePartnershipInvitationRequest, CreatePartnershipInvitationResponse,
};
use entente_ids::OrganizationId;
use entente_pg::Tx;
use entente_service::Actor;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::check_products::check_products;
use super::{App, Call};
use crate::domain::invitation::Invitation;
use crate::domain::mandate::Scope;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::grpc::convert;
use crate::store;

/// Whom to invite, and for what.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// The partner.
    pub partner: OrganizationId,
    /// What the mandate will cover.
    pub scope: Scope,
    /// A personal word.
    pub message: String,
}

/// Invites it.
///
/// # Errors
/// [`Error::PartnerNotFound`], [`Error::AlreadyInvited`], [`Error::AlreadyPartners`], [`Error::Fields`] for the client
/// itself or a product that isn't the client's, or a failure beneath.
pub async fn create_invitation(
    app: &App,
    call: &Call<CreatePartnershipInvitationRequest>,
    new: NewInvitation,
) -> Result<CreatePartnershipInvitationResponse, Error> {
    let mut tx = app
        .database()
        .tenant("partners.create_invitation", call.organization.uuid())
        .await?;
    let once = call.once();
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let (names, client, partner) = parties(app, call.organization, new.partner).await?;
    check_products(&mut tx, call.organization, &new.scope).await?;
    let now = app.now();
    make_room(app, &mut tx, call.organization, new.partner, now).await?;
    let invitation = Invitation::new(
        app.new_id(now),
        client.party(),
        partner.party(),
        new.scope,
        new.message,
        now,
    );
    store::invitation::add(&mut tx, &invitation).await?;
    // After the insert: an acceptance that would come between the two has either waited for it or is seen.
    if store::partnership::is_running(&mut tx, client.id, partner.id).await? {
        return Err(Error::AlreadyPartners);
    }
    app.announcer
        .invitation(
            &mut tx,
            "partnership_invitation.created",
            &call.actor,
            None,
            &invitation,
        )
        .await?;
    let answer = CreatePartnershipInvitationResponse {
        invitation: Some(convert::invitation(&invitation, now)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    // It has only read: how it ends changes nothing.
    drop(names);
    app.wake();
    Ok(answer)
}

/// Reads both sides from the directory, which only the worker sees. Their names stay as they are until the transaction
/// that comes with them ends, so that a new name that is heard meanwhile reaches the invitation too.
async fn parties(
    app: &App,
    client: OrganizationId,
    partner: OrganizationId,
) -> Result<(Tx, Organization, Organization), Error> {
    if client == partner {
        return Err(Error::field(
            "partner",
            "is your own organization: give another one",
        ));
    }
    let mut tx = app.database().system("partners.read_directory").await?;
    let known = store::organization::hold(&mut tx, &[client, partner]).await?;
    let find = |id: OrganizationId| known.iter().find(|organization| organization.id == id).cloned();
    let client = find(client).ok_or(Error::NotYetKnown)?;
    let partner = find(partner)
        .filter(Organization::is_listed)
        .ok_or(Error::PartnerNotFound)?;
    Ok((tx, client, partner))
}

/// Notes that the time of the invitation before is over, if it is and nobody has yet.
async fn make_room(
    app: &App,
    conn: &mut PgConnection,
    client: OrganizationId,
    partner: OrganizationId,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(before) = store::invitation::lock_pending(conn, client, partner).await? else {
        return Ok(());
    };
    let mut after = before.clone();
    if !after.expire(now) {
        return Err(Error::AlreadyInvited);
    }
    store::invitation::update(conn, &after).await?;
    let actor = Actor::service("partners");
    app.announcer
        .invitation(
            conn,
            "partnership_invitation.expired",
            &actor,
            Some(&before),
            &after,
        )
        .await
}
