//! Tells the other replicas that there is a revision to read.
//!
//! A NOTIFY in the transaction of a change would take a lock that all commits of the server share; so it goes out
//! afterwards, one for all that asked meanwhile. Nothing depends on it: every replica looks by itself when it renews.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use entente_pg::Database;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::Notify;

use super::Shared;

const CHANNEL: &str = "entente_identity_access";
/// The shortest time between two NOTIFYs of a process.
const COALESCE: Duration = Duration::from_millis(2);
/// How long to wait after a failure.
const RETRY: Duration = Duration::from_millis(200);

#[derive(Default)]
pub(super) struct Bell {
    asked: Notify,
}

impl Bell {
    /// Has the others told soon.
    pub(super) fn ring(&self) {
        self.asked.notify_one();
    }

    /// Tells the others whenever it was asked for.
    pub(super) async fn tell(&self, database: &Database) {
        loop {
            self.asked.notified().await;
            let told = sqlx::query!("notify entente_identity_access")
                .execute(database.worker_pool())
                .await;
            match told {
                Ok(_) => tokio::time::sleep(COALESCE).await,
                Err(error) => {
                    tracing::debug!(%error, "the other replicas were not told: they look by themselves");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}

/// Wakes the follower whenever another replica tells of a revision.
pub(super) async fn hear(shared: &Arc<Shared>, database: &Database) -> Infallible {
    // Not of the pool: a listener keeps its connection.
    let options = database.worker_pool().connect_options();
    let own = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .connect_lazy_with(options.as_ref().clone());
    loop {
        if let Err(error) = listen(shared, &own).await {
            tracing::debug!(%error, "the other replicas aren't heard: this one looks by itself");
        }
        tokio::time::sleep(RETRY).await;
    }
}

async fn listen(shared: &Arc<Shared>, pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // A connection that was lost and came back has missed what was told meanwhile.
        listener.try_recv().await?;
        shared.wake.notify_one();
    }
}
