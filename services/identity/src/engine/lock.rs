//! The lock that only one replica holds.

use std::time::Duration;

use entente_pg::{Database, Error};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::follower::Interruption;
use super::lease::LEASE;
use crate::domain::decision::{Change, Revision};
use crate::store::revision;

/// After this time without a word the database ends the session, and with it the lock: so a replica that hangs doesn't
/// keep another one from deciding.
pub(super) const IDLE: Duration = Duration::from_secs(10);
/// How often the database hears from us while something else takes long.
const PING: Duration = Duration::from_secs(1);
/// For how long the database may keep us waiting.
const PATIENCE: Duration = Duration::from_secs(4);

/// A session advisory lock on a connection of its own, never in a transaction. Its owner reads the revisions through
/// it: who got an answer held the lock when asking.
pub(super) struct ReplicaLock {
    connection: PgConnection,
    holder: Uuid,
    predecessor: Predecessor,
}

/// Who held the lock before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Predecessor {
    /// Nobody else, or one that said goodbye.
    Gone,
    /// One that lost the lock, and may decide by what it knew until its lease has run out.
    MayDecide,
}

impl ReplicaLock {
    /// Takes the lock. `known` is how this process is written down as the holder, once it was.
    pub(super) async fn take(database: &Database, known: Option<Uuid>) -> Result<Self, Interruption> {
        let mut connection = patiently(database.worker_connection()).await?;
        let idle = format!("{}ms", IDLE.as_millis());
        let taken = sqlx::query_scalar!(
            r#"select pg_try_advisory_lock(hashtextextended('entente.identity.decisions', 0)) as "taken!"
               from set_config('idle_session_timeout', $1, false)"#,
            idle,
        )
        .fetch_one(&mut connection);
        if !patiently(taken).await? {
            return Err(Interruption::Held);
        }
        let written = sqlx::query!(
            r#"with before as (select holder from identity.decider)
               update identity.decider set holder = coalesce($1, gen_random_uuid())
               returning holder as "holder!", (select holder from before) as former"#,
            known,
        )
        .fetch_one(&mut connection);
        let written = patiently(written).await?;
        let predecessor = match written.former {
            Some(former) if former != written.holder => Predecessor::MayDecide,
            Some(_) | None => Predecessor::Gone,
        };
        Ok(Self {
            connection,
            holder: written.holder,
            predecessor,
        })
    }

    /// How this process is written down, once nobody else can decide.
    pub(super) fn holder(&self) -> Option<Uuid> {
        (self.predecessor == Predecessor::Gone).then_some(self.holder)
    }

    /// Waits until nobody decides any more by what they knew before this lock was taken.
    pub(super) async fn outlive_predecessor(&mut self) -> Result<(), Interruption> {
        if self.predecessor == Predecessor::MayDecide {
            tracing::info!("the replica before this one ended without a word: its lease is waited for");
            self.hold_while(tokio::time::sleep(LEASE)).await?;
            self.predecessor = Predecessor::Gone;
        }
        Ok(())
    }

    /// Waits for the work, and keeps the lock meanwhile.
    pub(super) async fn hold_while<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Interruption> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = tokio::time::sleep(PING) => patiently(self.connection.ping()).await?,
            }
        }
    }

    /// The revisions that follow the known one.
    pub(super) async fn list_after(
        &mut self,
        known: Revision,
    ) -> Result<Vec<(Revision, Vec<Change>)>, Interruption> {
        patiently(revision::list_after(&mut self.connection, known)).await
    }

    /// Forgets revisions that nobody needs.
    pub(super) async fn sweep(&mut self, now: jiff::Timestamp) -> Result<u64, Interruption> {
        patiently(revision::sweep(&mut self.connection, now)).await
    }

    /// Frees the lock, and says goodbye: nothing is decided here any more.
    pub(super) async fn release(mut self) {
        if self.predecessor == Predecessor::Gone {
            let goodbye =
                sqlx::query!("update identity.decider set holder = null").execute(&mut self.connection);
            patiently(goodbye).await.ok();
        }
        // Without the end of the session it is freed too, only later.
        tokio::time::timeout(PATIENCE, self.connection.close()).await.ok();
    }
}

async fn patiently<T, E: Into<Error>>(work: impl Future<Output = Result<T, E>>) -> Result<T, Interruption> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done.map_err(|cause| Interruption::Database(cause.into())),
        Err(_) => Err(Interruption::Silent),
    }
}
