//! A database of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use entente_events::{log, schema};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgPool};

pub const SERVICE_ROLE: &str = "entente_events_test_service";
pub const WORKER_ROLE: &str = "entente_events_test_worker";
pub const LOG_ROLE: &str = "entente_events_test_log";
pub const PASSWORD: &str = "entente";

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A database with the tables of a service and of the Postgres log; it is dropped with this.
pub struct Database {
    server: PgConnectOptions,
    pub name: String,
    drop_it: DropIt,
}

enum DropIt {
    WithThis,
    WithItsServer,
}

impl Database {
    /// On the server that the tests are given.
    pub async fn create() -> Self {
        let url = std::env::var_os("ENTENTE_TEST_DATABASE_URL")
            .expect("ENTENTE_TEST_DATABASE_URL is not set: run the tests by `make test`")
            .into_string()
            .unwrap();
        Self::on(url.parse().unwrap(), DropIt::WithThis).await
    }

    /// On a server that is thrown away afterwards.
    pub async fn create_on(server: PgConnectOptions) -> Self {
        Self::on(server, DropIt::WithItsServer).await
    }

    async fn on(server: PgConnectOptions, drop_it: DropIt) -> Self {
        let name = format!(
            "events_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let mut admin = server.connect().await.unwrap();
        let mut setup = admin.begin().await.unwrap();
        // Roles belong to the server, and the tests of this suite run side by side.
        sqlx::query("SELECT pg_advisory_xact_lock(4711)")
            .execute(&mut *setup)
            .await
            .unwrap();
        for role in [SERVICE_ROLE, WORKER_ROLE, LOG_ROLE] {
            let known = sqlx::query("SELECT FROM pg_roles WHERE rolname = $1").bind(role);
            if known.fetch_optional(&mut *setup).await.unwrap().is_none() {
                let create = format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'");
                sqlx::query(AssertSqlSafe(create))
                    .execute(&mut *setup)
                    .await
                    .unwrap();
            }
        }
        setup.commit().await.unwrap();
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut admin)
            .await
            .unwrap();
        admin.close().await.unwrap();
        let database = Self {
            server,
            name,
            drop_it,
        };
        database.create_tables().await;
        database
    }

    async fn create_tables(&self) {
        let mut owner = self.options().connect().await.unwrap();
        let service = schema::statements("orders", SERVICE_ROLE, WORKER_ROLE, 2).unwrap();
        let eventlog = log::postgres::statements("eventlog", LOG_ROLE).unwrap();
        let all = format!("CREATE SCHEMA orders; CREATE SCHEMA eventlog; {service} {eventlog} {EFFECT}");
        // Twice, since a migration may be.
        sqlx::raw_sql(AssertSqlSafe(all))
            .execute(&mut owner)
            .await
            .unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("{service} {eventlog}")))
            .execute(&mut owner)
            .await
            .unwrap();
        owner.close().await.unwrap();
    }

    /// As the owner.
    pub fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    pub fn role_options(&self, role: &str) -> PgConnectOptions {
        self.options().username(role).password(PASSWORD)
    }
}

pub fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(12)
        .test_before_acquire(false)
        .connect_lazy_with(options)
}

impl Drop for Database {
    fn drop(&mut self) {
        match self.drop_it {
            DropIt::WithItsServer => return,
            DropIt::WithThis => {}
        }
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut admin = server.connect().await.unwrap();
                let drop = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                sqlx::query(drop).execute(&mut admin).await.unwrap();
            });
        });
        let _ = dropped.join();
    }
}

/// Nothing in it would stop an effect from being there twice, or in the wrong order: that is what is looked for.
const EFFECT: &str = "
CREATE TABLE orders.effect (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, grp text NOT NULL, key text NOT NULL, seq bigint NOT NULL,
    event_id text NOT NULL
);
CREATE INDEX ON orders.effect (grp, key);
CREATE TABLE orders.unrelated (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE orders.late (n bigint CONSTRAINT checked_at_commit UNIQUE DEFERRABLE INITIALLY DEFERRED);
GRANT SELECT, INSERT ON orders.effect, orders.late TO entente_events_test_worker;
GRANT SELECT, INSERT ON orders.unrelated TO entente_events_test_service;
";
