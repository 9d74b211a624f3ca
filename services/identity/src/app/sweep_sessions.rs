//! Forgets old sessions, and sign-ins that nobody completes any more.

use std::time::Duration;

use entente_service::Context;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::store::{challenge, provider_link, session};

/// How often.
const EVERY: Duration = Duration::from_secs(3600);

/// Sweeps again and again until it is stopped.
pub async fn run(context: Context, stop: CancellationToken) {
    let mut interval = tokio::time::interval(EVERY);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        if let Err(error) = sweep(&context).await {
            tracing::warn!(%error, "old sessions were not swept, it is tried again");
        }
    }
}

async fn sweep(context: &Context) -> Result<(), Error> {
    let mut tx = context.database.system("identity.sweep_sessions").await?;
    session::sweep(&mut tx, context.clock.now()).await?;
    challenge::sweep(&mut tx, context.clock.now()).await?;
    provider_link::sweep(&mut tx, context.clock.now()).await?;
    Ok(tx.commit().await?)
}
