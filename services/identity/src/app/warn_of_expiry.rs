//! Warns of encryption keys that are about to expire.

use std::time::Duration;

use entente_service::{Actor, Context};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::domain::encryption_key::{WARNINGS, days_left};
use crate::error::Error;
use crate::events::Announcer;
use crate::store::encryption_key;

/// How often it looks: the warnings are of days.
const EVERY: Duration = Duration::from_secs(600);

/// How many go into one transaction.
const BATCH: i64 = 200;

/// Looks again and again until it is stopped.
pub async fn run(context: Context, announcer: Announcer, stop: CancellationToken) {
    let mut interval = tokio::time::interval(EVERY);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        if let Err(error) = look(&context, &announcer).await {
            tracing::warn!(%error, "expiring encryption keys can't be announced yet: they are tried again");
        }
    }
}

/// Announces each key once for each of 30, 7 and 1 days before its end; one that has come in later, for the nearest of
/// them only. Returns how many. It looks across organizations, so it runs as the worker.
///
/// # Errors
/// A failure of the database; what was announced before it stays so.
pub async fn look(context: &Context, announcer: &Announcer) -> Result<usize, Error> {
    let mut warned: usize = 0;
    for days in WARNINGS {
        while let count @ 1.. = batch(context, announcer, days).await? {
            warned = warned.saturating_add(count);
        }
    }
    Ok(warned)
}

async fn batch(context: &Context, announcer: &Announcer, days: i32) -> Result<usize, Error> {
    let now = context.now();
    let until = now + SignedDuration::from_hours(i64::from(days).saturating_mul(24));
    let actor = Actor::service("identity");
    let mut tx = context.database.system("identity.warn_of_expiry").await?;
    let expiring = encryption_key::lock_expiring(&mut tx, now, until, days, BATCH).await?;
    for key in &expiring {
        let left = key.expires_at.map_or(days, |end| days_left(end, now));
        announcer
            .encryption_key_expiring(&mut tx, &actor, key, left)
            .await?;
        encryption_key::note_warning(&mut tx, key.id, days).await?;
    }
    tx.commit().await?;
    if !expiring.is_empty() {
        announcer.wake();
    }
    Ok(expiring.len())
}
