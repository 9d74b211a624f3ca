//! Notes which invitations nobody answered in time, and announces it.

use entente_service::Actor;

use super::App;
use crate::error::Error;
use crate::store;

const BATCH: i64 = 100;

/// Notes those whose time is over, some at a time, until there are none. Gives how many.
///
/// # Errors
/// A failure of the database or the outbox; what was noted before stands.
pub async fn expire_invitations(app: &App) -> Result<usize, Error> {
    let mut expired = 0;
    loop {
        let batch = expire_some(app).await?;
        expired += batch;
        if batch == 0 {
            return Ok(expired);
        }
    }
}

async fn expire_some(app: &App) -> Result<usize, Error> {
    let now = app.now();
    // Of every organization, as time passes for all.
    let mut tx = app.database().system("partners.expire_invitations").await?;
    let overdue = store::invitation::lock_overdue(&mut tx, now, BATCH).await?;
    for before in &overdue {
        let mut after = before.clone();
        after.expire(now);
        store::invitation::update(&mut tx, &after).await?;
        let actor = Actor::service("partners");
        app.announcer
            .invitation(
                &mut tx,
                "partnership_invitation.expired",
                &actor,
                Some(before),
                &after,
            )
            .await?;
    }
    tx.commit().await?;
    app.wake();
    Ok(overdue.len())
}
