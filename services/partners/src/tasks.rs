//! What runs beside the calls.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::app::expire_invitations::expire_invitations;
use crate::app::recover_partnerships::recover_partnerships;
use crate::app::start_for_new_clients::start_for_new_clients;

/// Notes, again and again, which invitations nobody answered in time.
pub(crate) async fn sweep(app: Arc<App>, every: Duration, stop: CancellationToken) -> anyhow::Result<()> {
    let mut ticks = ticks(every);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = expire_invitations(&app).await {
            tracing::warn!(%error, "overdue invitations were not swept, it is tried again");
        }
    }
    Ok(())
}

/// Begins, again and again, the partnerships of new clients, and finishes what nobody waits for.
pub(crate) async fn recover(app: Arc<App>, every: Duration, stop: CancellationToken) -> anyhow::Result<()> {
    let mut ticks = ticks(every);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = start_for_new_clients(&app).await {
            tracing::warn!(%error, "the partnerships of new clients did not begin, it is tried again");
        }
        if let Err(error) = recover_partnerships(&app).await {
            tracing::warn!(%error, "what was left behind can't be read, it is tried again");
        }
    }
    Ok(())
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
