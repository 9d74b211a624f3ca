//! Forgets intents that are worked out and mails that are over, once nobody asks for them any more: they hold what
//! people wrote and their addresses. A late copy of their event is none: the consumer's cursor is past it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::App;
use crate::error::Error;
use crate::store::{delivery, intent};

/// Who asks where a mail has stayed finds it for so long.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// So many go at a time, so that nobody waits for their locks.
const BATCH: i64 = 1000;

/// Sweeps until it is stopped.
pub async fn run(app: &App, every: Duration, stop: CancellationToken) {
    let mut interval = tokio::time::interval(every);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        if let Err(error) = sweep(app, &stop).await {
            tracing::warn!(%error, "old mails were not swept, it is tried again");
        }
    }
}

async fn sweep(app: &App, stop: &CancellationToken) -> Result<(), Error> {
    let before = app.now() - KEPT;
    while !stop.is_cancelled() {
        if batch(app, before).await? == 0 {
            break;
        }
    }
    Ok(())
}

/// Forgets some of each and tells how many that were.
async fn batch(app: &App, before: Timestamp) -> Result<u64, Error> {
    let mut tx = app.context.database.system("notifications.sweep").await?;
    let intents = intent::sweep(&mut tx, before, BATCH).await?;
    let deliveries = delivery::sweep(&mut tx, before, BATCH).await?;
    tx.commit().await?;
    Ok(intents.saturating_add(deliveries))
}
