//! A real database per test, copied from a template that is migrated once for all tests.

mod template;

use std::time::Duration;

use anyhow::Context as _;
use entente_pg::{Database, Migrations, Settings};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// The server for tests, with a login that may create databases and roles.
const SERVER: &str = "ENTENTE_TEST_DATABASE_URL";
/// Tests share the server's connections.
const MAX_CONNECTIONS: u32 = 5;
/// A machine that runs every test at once is slow.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// A migrated database of its own for one test. It is dropped with this value, whoever is still connected.
#[derive(Debug)]
pub struct Db {
    server: String,
    name: String,
    url: String,
}

impl Db {
    /// A new database with these schemas.
    ///
    /// # Errors
    /// If there is no server for tests, or a migration fails.
    pub async fn new(migrations: &[Migrations]) -> anyhow::Result<Self> {
        let server = server()?;
        let mut admin = PgConnection::connect(&server)
            .await
            .with_context(|| format!("can't reach the server of {SERVER}: run `make test`"))?;
        template::sweep_once(&mut admin).await?;
        let name = template::copy(&mut admin, &server, migrations).await?;
        admin.close().await.ok();
        Ok(Self {
            url: with_database(&server, &name),
            server,
            name,
        })
    }

    /// Its URL, with the login that owns the server: for processes, and for what a test looks at from outside.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What one service needs to open it, for a test that changes a setting.
    ///
    /// # Errors
    /// If the URL isn't one of Postgres.
    pub fn settings(&self, service: &'static str) -> anyhow::Result<Settings> {
        let mut settings = Settings::new(service, &self.url)?;
        settings.max_connections = MAX_CONNECTIONS;
        settings.acquire_timeout = ACQUIRE_TIMEOUT;
        Ok(settings)
    }

    /// The database as one service sees it.
    ///
    /// # Errors
    /// If the URL isn't one of Postgres.
    pub fn open(&self, service: &'static str) -> anyhow::Result<Database> {
        Ok(Database::open(&self.settings(service)?))
    }

    /// A connection that row-level security doesn't hold for, to arrange and to look.
    ///
    /// # Errors
    /// If the server can't be reached.
    pub async fn admin(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.url).await?)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection to another database of the server, for what can't be done from within.
    ///
    /// # Errors
    /// If the server can't be reached.
    pub async fn server(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.server).await?)
    }

    /// The tables whose rows the tenants' role of a service can read or change without row-level security. A service's
    /// test says which, with their reason: most have none.
    ///
    /// # Errors
    /// If the server can't be reached.
    pub async fn unprotected_tables(&self, service: &str) -> anyhow::Result<Vec<String>> {
        let tables = sqlx::query_scalar(
            "select relname::text from pg_class
             where relnamespace = to_regnamespace(quote_ident($1)) and relkind in ('r', 'p', 'v', 'm')
               and not (relrowsecurity and relkind in ('r', 'p'))
               and has_table_privilege($1, oid, 'select, update, delete, truncate')
             order by 1",
        )
        .bind(service)
        .fetch_all(&mut self.admin().await?)
        .await?;
        Ok(tables)
    }
}

impl Drop for Db {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A thread of its own: a drop can't await, and the test's runtime may be the one that waits here. What fails
        // is left to the next sweep.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut admin = PgConnection::connect(&server).await?;
                drop_database(&mut admin, &name).await?;
                anyhow::Ok(())
            })
        });
        dropping.join().ok();
    }
}

async fn drop_database(admin: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    let statement = format!("drop database if exists {name} with (force)");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(admin).await?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a test has no configuration but this")]
fn server() -> anyhow::Result<String> {
    std::env::var(SERVER).with_context(|| format!("{SERVER} isn't set: run `make test`"))
}

/// The same server, another database: the parameter wins over the path.
fn with_database(url: &str, name: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}dbname={name}")
}
