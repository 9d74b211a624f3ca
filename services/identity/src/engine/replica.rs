//! This replica's row, and the connection over which it renews it and reads the revisions.

use std::time::Duration;

use entente_pg::{Database, Error};
use sqlx::types::Uuid;
use sqlx::{Connection as _, PgConnection};

use super::follower::Interruption;
use super::lease::Moment;
use crate::domain::decision::Revision;
use crate::store::replica::{self, Renewal};
use crate::store::revision::{self, Followed};

/// For how long the database may keep us waiting: far longer than a lease, which has ended by then.
const PATIENCE: Duration = Duration::from_secs(2);

/// A connection of its own, so that the lease waits for nothing else.
pub(super) struct Replica {
    connection: PgConnection,
    id: Option<Uuid>,
}

impl Replica {
    /// Connects. `id` is the row that this process had before.
    pub(super) async fn connect(database: &Database, id: Option<Uuid>) -> Result<Self, Interruption> {
        let mut connection = patiently(database.worker_connection()).await?;
        // A renewal that a crash of the database undoes would be taken for none.
        let set = sqlx::query!("set synchronous_commit = on").execute(&mut connection);
        patiently(set).await?;
        Ok(Self { connection, id })
    }

    /// The row, if there is one.
    pub(super) fn id(&self) -> Option<Uuid> {
        self.id
    }

    /// Renews the row, or makes one, and confirms a revision. A lease may count from the moment that is returned, once
    /// what is read afterwards is applied.
    pub(super) async fn renew(&mut self, confirmed: Revision) -> Result<Moment, Interruption> {
        if let Some(id) = self.id {
            let sent = Moment::now();
            match patiently(replica::renew(&mut self.connection, id, confirmed)).await? {
                Renewal::Done => return Ok(sent),
                Renewal::Forgotten => {
                    tracing::info!("this replica was forgotten: it registers anew");
                    self.id = None;
                }
            }
        }
        let sent = Moment::now();
        self.id = Some(patiently(replica::register(&mut self.connection, confirmed)).await?);
        Ok(sent)
    }

    /// What follows a revision.
    pub(super) async fn follow(&mut self, known: Revision) -> Result<Followed, Interruption> {
        patiently(revision::follow(&mut self.connection, known)).await
    }

    /// Forgets revisions that nobody needs.
    pub(super) async fn sweep(&mut self, now: jiff::Timestamp) -> Result<u64, Interruption> {
        patiently(revision::sweep(&mut self.connection, now)).await
    }

    /// Takes the row away, so that nobody waits for it. The lease must have been ended.
    pub(super) async fn leave(mut self) {
        if let Some(id) = self.id {
            // Without it the next to wait does so for a period, and forgets the row.
            patiently(replica::leave(&mut self.connection, id)).await.ok();
        }
        tokio::time::timeout(PATIENCE, self.connection.close()).await.ok();
    }
}

async fn patiently<T, E: Into<Error>>(work: impl Future<Output = Result<T, E>>) -> Result<T, Interruption> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(|cause| Interruption::Database(cause.into())),
        Err(_) => Err(Interruption::Silent),
    }
}
