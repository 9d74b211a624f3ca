//! Session advisory locks on a connection of their own.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, Row};
use tokio::time::Instant;

/// Holds locks for as long as its owner's loop comes back to ping.
///
/// The connection is never in a transaction and nobody else pings it. If the loop hangs (SIGSTOP, a stuck disk),
/// `idle_session_timeout` ends the session and frees the locks.
#[derive(Debug)]
pub(crate) struct SessionLocks {
    connection: PgConnection,
    idle_timeout: Duration,
    pinged: Instant,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("the connection that holds the lock does not answer")]
    Silent,
}

impl SessionLocks {
    pub(crate) async fn connect(
        options: &PgConnectOptions,
        idle_timeout: Duration,
    ) -> Result<Self, LockError> {
        let connect = async {
            let mut connection = options.clone().connect().await?;
            sqlx::query("SELECT set_config('idle_session_timeout', $1, false)")
                .bind(format!("{}ms", idle_timeout.as_millis()))
                .execute(&mut connection)
                .await?;
            Ok::<_, sqlx::Error>(connection)
        };
        let connection = tokio::time::timeout(idle_timeout, connect)
            .await
            .map_err(|_| LockError::Silent)??;
        Ok(Self {
            connection,
            idle_timeout,
            pinged: Instant::now(),
        })
    }

    /// Tries each name; the answers are in the order of the names.
    pub(crate) async fn try_acquire(&mut self, names: &[String]) -> Result<Vec<bool>, LockError> {
        let tried = sqlx::query(
            "SELECT pg_try_advisory_lock(hashtextextended(name, 0)) \
             FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place) ORDER BY place",
        )
        .bind(names)
        .fetch_all(&mut self.connection);
        let rows = tokio::time::timeout(self.idle_timeout, tried)
            .await
            .map_err(|_| LockError::Silent)??;
        self.pinged = Instant::now();
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// Shows the server that the loop goes on, if it is time to. An error means that the locks are gone.
    pub(crate) async fn ping_if_due(&mut self) -> Result<(), LockError> {
        if self.pinged.elapsed() < self.ping_every() {
            return Ok(());
        }
        let ping = sqlx::query("SELECT 1").execute(&mut self.connection);
        tokio::time::timeout(self.idle_timeout, ping)
            .await
            .map_err(|_| LockError::Silent)??;
        self.pinged = Instant::now();
        Ok(())
    }

    /// Waits for `work` and pings meanwhile; gives the work up where the locks are gone.
    pub(crate) async fn hold_while<T>(&mut self, work: impl Future<Output = T>) -> Result<T, LockError> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = tokio::time::sleep_until(self.pinged + self.ping_every()) => self.ping_if_due().await?,
            }
        }
    }

    /// Frees the locks.
    pub(crate) async fn release(self) {
        // Closing without a goodbye frees them too, only later.
        let _ = tokio::time::timeout(self.idle_timeout, self.connection.close()).await;
    }

    fn ping_every(&self) -> Duration {
        self.idle_timeout / 4
    }
}
