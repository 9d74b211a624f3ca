//! The database that the events go through.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use anyhow::Result;
use entente::cluster::{Cluster, Running};
use entente_events::{log, schema};
use entente_pg::{Database, Migrations, Settings, worker_role};
use entente_testkit::Db;
use sqlx::migrate::Migrator;
use tempfile::TempDir;

/// A service that announces, and hears itself.
pub(super) const SERVICE: &str = "bench";
/// The log in Postgres.
pub(super) const LOG: &str = "bench_log";
/// As every service has it.
pub(super) const SHARDS: u16 = 2;

const PATIENCE: Duration = Duration::from_secs(60);

/// Nothing in it would stop an effect from being there twice, or in the wrong order: that is what is looked for.
const EFFECT: &str = "
create table bench.effect (
  id bigint generated always as identity primary key, event_id text not null, key text not null, seq bigint not null
);
grant select, insert on bench.effect to bench_worker;";

/// A migrated database.
pub(super) struct Place {
    url: String,
    server: Server,
}

enum Server {
    Shared(Db),
    Own(Own),
}

/// A server that ends with this, whatever happens: left alone it would live on.
struct Own {
    running: Option<Running>,
    _folder: TempDir,
}

impl Drop for Own {
    fn drop(&mut self) {
        let Some(running) = self.running.take() else {
            return;
        };
        // A thread of its own: a drop can't await.
        let stopping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(running.stop())
        });
        stopping.join().ok();
    }
}

impl Place {
    /// On the server for tests, which syncs nothing to the disk.
    pub(super) async fn for_tests() -> Result<Self> {
        let db = Db::new(&migrations()?).await?;
        Ok(Self {
            url: db.url().to_owned(),
            server: Server::Shared(db),
        })
    }

    /// On a server as `entente up` keeps it.
    pub(super) async fn durable() -> Result<Self> {
        // The server has a user of its own, who passes through it.
        let open = std::fs::Permissions::from_mode(0o711);
        let folder = tempfile::Builder::new()
            .prefix("entente-bench-pg-")
            .permissions(open)
            .tempdir()?;
        let running = Cluster::open(folder.path()).await?.start(&|_| ()).await?;
        let url = running.url().to_owned();
        let place = Self {
            url: url.clone(),
            server: Server::Own(Own {
                running: Some(running),
                _folder: folder,
            }),
        };
        for migrations in migrations()? {
            migrations.run(&url).await?;
        }
        Ok(place)
    }

    /// The database as a service sees it, with as many connections as a service has.
    pub(super) fn open(&self, service: &'static str) -> Result<Database> {
        let mut settings = Settings::new(service, &self.url)?;
        settings.max_connections = 8;
        // On a machine that is too busy the figures are bad, and there.
        settings.acquire_timeout = PATIENCE;
        Ok(Database::open(&settings))
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Ends what was started for it.
    pub(super) async fn leave(self) -> Result<()> {
        match self.server {
            Server::Shared(db) => drop(db),
            Server::Own(mut own) => {
                if let Some(running) = own.running.take() {
                    running.stop().await?;
                }
            }
        }
        Ok(())
    }
}

fn migrations() -> Result<[Migrations; 2]> {
    let events = schema::statements(SERVICE, SERVICE, &worker_role(SERVICE), SHARDS)?;
    let tables = log::postgres::statements(LOG, &worker_role(LOG))?;
    let none = || Migrator::with_migrations(Vec::new());
    Ok([
        Migrations::new(SERVICE, none())
            .with_part("events", [events])
            .with_part("effect", [EFFECT.to_owned()]),
        Migrations::new(LOG, none()).with_part("log", [tables]),
    ])
}
