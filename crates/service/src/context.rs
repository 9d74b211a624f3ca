//! What a service is given to be built from.

use std::fmt;
use std::sync::Arc;

use entente_events::{EventLog, Outbox, OutboxConfig, Schema, Topic};
use entente_pg::{Database, Migrations, worker_role};
use entente_runtime::clock::SharedClock;
use entente_runtime::random::SharedRandom;
use jiff::Timestamp;
use sqlx::migrate::Migrator;

use crate::Peers;

/// In how many shards an outbox is carried. It is fixed when an installation is made: a key never changes its shard.
pub const SHARDS: u16 = 2;

/// The migrations of a service: its own, and the tables that every service has.
///
/// # Errors
/// When the name is no plain identifier.
pub fn migrations(service: &'static str, own: Migrator) -> anyhow::Result<Migrations> {
    let events = entente_events::schema::statements(service, service, &worker_role(service), SHARDS)?;
    Ok(Migrations::new(service, own)
        .with_part("events", [events])
        .with_part("idempotency", [entente_idempotency::statements(service)]))
}

/// What a service is given. Clones share everything.
#[derive(Clone)]
pub struct Context {
    /// Its name: folder, schema, topics.
    pub name: &'static str,
    /// Its database.
    pub database: Database,
    /// Its schema, to be checked before it is ready.
    pub migrations: Arc<Migrations>,
    /// What it announces.
    pub outbox: Outbox,
    /// Where all services are heard.
    pub log: Arc<dyn EventLog>,
    /// The time.
    pub clock: SharedClock,
    /// Randomness.
    pub random: SharedRandom,
    /// The other services.
    pub peers: Peers,
}

impl Context {
    /// Opens what a service needs.
    ///
    /// # Errors
    /// When the database can't be reached or was installed otherwise; the message says what to do.
    pub async fn open(
        database: Database,
        migrations: Migrations,
        topics: Vec<Topic>,
        log: Arc<dyn EventLog>,
        clock: SharedClock,
        random: SharedRandom,
        peers: Peers,
    ) -> anyhow::Result<Self> {
        let name = database.service();
        migrations.check(&database).await?;
        let config = OutboxConfig {
            schema: Schema::new(name)?,
            topics,
            shards: SHARDS,
        };
        let outbox = Outbox::open(database.worker_pool(), config).await?;
        Ok(Self {
            name,
            database,
            migrations: Arc::new(migrations),
            outbox,
            log,
            clock,
            random,
            peers,
        })
    }

    /// The time, as exactly as the database keeps it: to the microsecond.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Random bytes, for an id or a secret.
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
