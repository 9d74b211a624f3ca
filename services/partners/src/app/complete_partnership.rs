//! Completes the start or the end of a partnership, whoever asked for it.

use entente_service::Actor;

use super::App;
use crate::domain::partnership::{Completed, Partnership, PartnershipState};
use crate::error::Error;
use crate::store;

/// Tells identity what is granted from now on, then notes and announces that it is in force. Where no step is under
/// way, nothing happens. Gives the partnership as it is since.
///
/// It may run several times at once: identity passes over what it knows, and the step is completed once.
///
/// # Errors
/// [`Error::Grant`] when identity can't be told, or a failure beneath: the step stays under way.
pub async fn complete_partnership(app: &App, partnership: Partnership) -> Result<Partnership, Error> {
    if !partnership.is_under_way() {
        return Ok(partnership);
    }
    app.grants.put(&partnership).await?;
    let client = partnership.client.id;
    let mut tx = app
        .database()
        .tenant("partners.complete_partnership", client.uuid())
        .await?;
    let current = store::partnership::lock(&mut tx, client, partnership.id).await?;
    let mut current = current.ok_or(Error::NotFound("partnership"))?;
    let Some(completed) = current.complete(partnership.mandate.version, app.now()) else {
        return Ok(current);
    };
    store::partnership::update(&mut tx, &current).await?;
    let actor = Actor {
        actor: current.intent.actor.clone(),
        on_behalf_of: current.intent.on_behalf_of.clone(),
    };
    let (kind, before) = match completed {
        Completed::Start => ("partnership.started", None),
        Completed::End => ("partnership.ended", Some(before_the_end(&current))),
    };
    app.announcer
        .partnership(&mut tx, kind, &actor, before.as_ref(), &current)
        .await?;
    tx.commit().await?;
    app.wake();
    Ok(current)
}

/// As it was before somebody asked for its end: what differs is told as one step.
fn before_the_end(ended: &Partnership) -> Partnership {
    let mut before = ended.clone();
    before.state = match ended.started_at {
        Some(_) => PartnershipState::Active,
        None => PartnershipState::Starting,
    };
    before.mandate.version -= 1;
    before.ended_at = None;
    before
}
