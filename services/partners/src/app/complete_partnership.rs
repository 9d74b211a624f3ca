//! Completes the start, a narrowing or the end of a partnership, whoever asked for it.

use entente_service::Actor;
use sqlx::PgConnection;

use super::App;
use crate::domain::partnership::{Completed, Partnership};
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
    match completed {
        Completed::Start => announce(app, &mut tx, "partnership.started", None, &current).await?,
        Completed::Narrowing => announce_narrowing(app, &mut tx, &current).await?,
        Completed::End => {
            let before = current.before_end();
            announce(app, &mut tx, "partnership.ended", Some(&before), &current).await?;
        }
    }
    tx.commit().await?;
    app.wake();
    Ok(current)
}

/// Tells of a consent that narrowed the mandate, in the name of who gave it.
///
/// # Errors
/// [`Error::Announce`]: the transaction must be rolled back.
pub async fn announce_narrowing(
    app: &App,
    conn: &mut PgConnection,
    narrowed: &Partnership,
) -> Result<(), Error> {
    let before = narrowed.before_narrowing();
    announce(app, conn, "partnership.consented", Some(&before), narrowed).await
}

/// What differs is told as one step, in the name of who asked for it.
async fn announce(
    app: &App,
    conn: &mut PgConnection,
    kind: &'static str,
    before: Option<&Partnership>,
    after: &Partnership,
) -> Result<(), Error> {
    let actor = Actor {
        actor: after.intent.actor.clone(),
        on_behalf_of: after.intent.on_behalf_of.clone(),
    };
    app.announcer.partnership(conn, kind, &actor, before, after).await
}
