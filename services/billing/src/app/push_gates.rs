//! Telling identity what it doesn't know yet: gates of new accounts, and those that a crash or an absence left.

use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tonic::Code;

use super::App;
use crate::error::Error;
use crate::store;

/// How often it looks. A new organization's gate is closed until then, and with its reasons after.
const INTERVAL: Duration = Duration::from_secs(1);
/// Accounts that are read at a time.
const AT_A_TIME: i64 = 100;

/// Pushes gates until it is stopped.
pub async fn run(app: &App, stop: CancellationToken) {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        // Stopped in between, it leaves the rest to the next one.
        let Some(round) = stop.run_until_cancelled(push_all(app)).await else {
            return;
        };
        if let Err(error) = round {
            tracing::warn!(%error, "gates were not pushed, it is tried again");
        }
    }
}

/// One that is refused doesn't hold up the others; where identity is away, the round is over.
async fn push_all(app: &App) -> Result<(), Error> {
    let mut after = None;
    loop {
        let mut tx = app.context.database.system("billing.list_unpushed_gates").await?;
        let accounts = store::account::list_unpushed(&mut tx, after, AT_A_TIME).await?;
        tx.commit().await?;
        let Some(last) = accounts.last() else {
            return Ok(());
        };
        after = Some(last.organization);
        for account in &accounts {
            match app.push_gate(account).await {
                Err(Error::Gate(refusal)) if !is_away(&refusal) => {
                    tracing::error!(error = %refusal, organization = %account.organization, "identity refuses a gate");
                }
                pushed => pushed?,
            }
        }
    }
}

fn is_away(refusal: &tonic::Status) -> bool {
    matches!(
        refusal.code(),
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Cancelled
    )
}
