//! The two pools of a service, and the only way to a transaction.

use std::time::{Duration, Instant};

use entente_runtime::telemetry::names;
use futures::FutureExt as _;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, PgPool, SqlSafeStr as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

use crate::{Error, Tx};

/// A connection that rested longer is asked whether it still lives before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// A process that stops in the middle of a transaction must not hold its locks for ever.
const IDLE_IN_TRANSACTION: &str = "60s";

/// Where the database of a service is, and how much of it the service takes.
#[derive(Clone)]
pub struct Settings {
    service: &'static str,
    tenant: PgConnectOptions,
    worker: PgConnectOptions,
    /// The most connections of each of the two pools.
    pub max_connections: u32,
    /// How long a transaction waits for a connection before it fails as unavailable.
    pub acquire_timeout: Duration,
    /// How long one statement may run.
    pub statement_timeout: Duration,
}

impl Settings {
    /// One login for both roles of the service.
    ///
    /// # Errors
    /// [`Error::Url`] if it isn't a Postgres URL.
    pub fn new(service: &'static str, url: &str) -> Result<Self, Error> {
        Self::with_logins(service, url, url)
    }

    /// A login for each role of the service: the role itself, or a member of it.
    ///
    /// # Errors
    /// [`Error::Url`] if one isn't a Postgres URL.
    pub fn with_logins(service: &'static str, tenant_url: &str, worker_url: &str) -> Result<Self, Error> {
        Ok(Self {
            service,
            tenant: tenant_url.parse().map_err(Error::Url)?,
            worker: worker_url.parse().map_err(Error::Url)?,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(15),
        })
    }

    fn options(&self, login: &PgConnectOptions, role: &str) -> PgConnectOptions {
        login
            .clone()
            .application_name(&format!("entente {role}"))
            .options([
                ("role", role),
                (
                    "statement_timeout",
                    &format!("{}ms", self.statement_timeout.as_millis()),
                ),
                ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
            ])
    }

    fn pool(&self, options: PgConnectOptions) -> PgPool {
        PgPoolOptions::new()
            .max_connections(self.max_connections)
            .acquire_timeout(self.acquire_timeout)
            .test_before_acquire(false)
            .before_acquire(|connection, state| {
                async move {
                    if state.idle_for > TRUSTED_IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                }
                .boxed()
            })
            .connect_lazy_with(options)
    }
}

/// The role of a service that does what has no tenant.
pub fn worker_role(service: &str) -> String {
    format!("{service}_worker")
}

/// The database of one service. Clones share the pools.
#[derive(Clone, Debug)]
pub struct Database {
    service: &'static str,
    tenant: PgPool,
    worker: PgPool,
}

impl Database {
    /// Makes the pools; they connect when they are first used, so a database that is away doesn't stop the start.
    /// Needs a Tokio runtime around it.
    pub fn open(settings: &Settings) -> Self {
        let service = settings.service;
        Self {
            service,
            tenant: settings.pool(settings.options(&settings.tenant, service)),
            worker: settings.pool(settings.options(&settings.worker, &worker_role(service))),
        }
    }

    /// The service, which is the name of its schema too.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Begins a transaction that sees only what belongs to the organization. The name, like
    /// `partners.accept_invitation`, is its metric and its span.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no connection is to be had.
    pub async fn tenant(&self, name: &'static str, organization: Uuid) -> Result<Tx, Error> {
        // In one message with the begin, so that it costs no round trip.
        let begin = format!("BEGIN; SET LOCAL entente.organization = '{organization}'");
        self.begin(name, &self.tenant, "tenant", AssertSqlSafe(begin).into_sql_str())
            .await
    }

    /// Begins a transaction of the worker, which sees every organization: for the relay, a loader, a sweeper, sign-in
    /// and search of the public directory, and nothing else.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no connection is to be had.
    pub async fn system(&self, name: &'static str) -> Result<Tx, Error> {
        self.begin(name, &self.worker, "worker", "BEGIN".into_sql_str())
            .await
    }

    /// A connection of the worker outside of the pool, for what holds a session, like an advisory lock.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database can't be reached.
    pub async fn worker_connection(&self) -> Result<PgConnection, Error> {
        let options = self.worker.connect_options();
        PgConnection::connect_with(&options)
            .await
            .map_err(Error::Unavailable)
    }

    /// Whether both pools reach the database.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if one doesn't.
    pub async fn ping(&self) -> Result<(), Error> {
        for pool in [&self.tenant, &self.worker] {
            pool.acquire().await.map_err(Error::Unavailable)?.ping().await?;
        }
        Ok(())
    }

    /// Waits for the transactions that run, then closes every connection.
    pub async fn close(&self) {
        futures::join!(self.tenant.close(), self.worker.close());
    }

    /// The pool of the worker, for what makes its own transactions: the relay and the consumers.
    pub fn worker_pool(&self) -> &PgPool {
        &self.worker
    }

    pub(crate) fn pools(&self) -> (&PgPool, &PgPool) {
        (&self.tenant, &self.worker)
    }

    async fn begin(
        &self,
        name: &'static str,
        pool: &PgPool,
        kind: &'static str,
        begin: sqlx::SqlStr,
    ) -> Result<Tx, Error> {
        let asked = Instant::now();
        let connection = pool.acquire().await.map_err(Error::Unavailable)?;
        metrics::histogram!(names::DB_CLIENT_CONNECTION_WAIT_TIME, "service" => self.service, "pool" => kind)
            .record(asked.elapsed().as_secs_f64());
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        let used = pool.size().saturating_sub(idle);
        for (state, number) in [("idle", idle), ("used", used)] {
            metrics::gauge!(names::DB_CLIENT_CONNECTION_COUNT, "service" => self.service, "pool" => kind, "state" => state)
                .set(f64::from(number));
        }
        Tx::begin(self.service, name, connection, begin).await
    }
}
