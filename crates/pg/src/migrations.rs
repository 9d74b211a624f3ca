//! The schema of a service: its roles, its own migrations and those of the libraries that keep tables in it.

mod check;
mod prelude;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, SqlSafeStr as _,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
    postgres::PgConnectOptions,
};

use crate::Error;
pub use check::WrongSchema;

/// All that makes the schema of one service.
#[derive(Debug)]
pub struct Migrations {
    service: &'static str,
    /// In the order in which they run; the service's own are the last.
    parts: Vec<Part>,
}

/// Migrations with a table of their own in which it stands what ran.
#[derive(Debug)]
struct Part {
    name: &'static str,
    table: String,
    migrator: Migrator,
}

impl Part {
    /// Version and checksum of each, rising.
    fn steps(&self) -> impl Iterator<Item = &Migration> {
        self.migrator
            .iter()
            .filter(|step| !step.migration_type.is_down_migration())
    }
}

/// Why the migrations didn't all run. Those before the one that failed stand.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The URL, the server or the login.
    #[error("can't reach the database of {service}, check its URL: {cause}")]
    Connect {
        /// Whose schema it is.
        service: &'static str,
        /// What the database said.
        cause: Error,
    },
    /// The roles, their rights or the schema.
    #[error("can't make the roles and the schema {service}, use a login that may create both: {cause}")]
    Prelude {
        /// Whose schema it is.
        service: &'static str,
        /// What the database said.
        cause: Error,
    },
    /// A migration failed, or isn't the one any more that ran.
    #[error("the migrations of {service} ({part}) stopped, mend the one named and run them again: {cause}")]
    Run {
        /// Whose schema it is.
        service: &'static str,
        /// The service, or the library whose tables they make.
        part: &'static str,
        /// Which migration, and what the database said.
        cause: MigrateError,
    },
}

impl Migrations {
    /// The service's own migrations, from `sqlx::migrate!()`.
    pub fn new(service: &'static str, mut own: Migrator) -> Self {
        // Those of a newer release don't hinder an older one: it must be able to come back.
        own.set_ignore_missing(true);
        let table = format!("{}.migrations", quoted(service));
        Self {
            service,
            parts: vec![Part {
                name: service,
                table,
                migrator: own,
            }],
        }
    }

    /// Puts the tables of a library into the schema, before the service's own. Each statement list is one migration:
    /// its number is its place, so a released one is never changed, and new ones are added at the end.
    #[must_use]
    pub fn with_part(mut self, name: &'static str, steps: impl IntoIterator<Item = String>) -> Self {
        let steps = (1_i64..).zip(steps).map(|(version, sql)| {
            let sql = AssertSqlSafe(sql).into_sql_str();
            Migration::new(version, name.into(), MigrationType::Simple, sql, false)
        });
        let mut migrator = Migrator::with_migrations(steps.collect());
        migrator.set_ignore_missing(true);
        let table = format!(
            "{}.{}",
            quoted(self.service),
            quoted(&format!("{name}_migrations"))
        );
        let own = self.parts.len().saturating_sub(1);
        self.parts.insert(
            own,
            Part {
                name,
                table,
                migrator,
            },
        );
        self
    }

    /// The service, which is the name of the schema too.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Changes with anything that makes the schema what it is.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        prelude::text(self.service).hash(&mut hasher);
        for part in &self.parts {
            part.table.hash(&mut hasher);
            for step in part.steps() {
                (step.version, &step.checksum).hash(&mut hasher);
            }
        }
        hasher.finish()
    }

    /// Makes the roles and the schema, and runs what hasn't run yet. Safe to run twice, and at the same time.
    ///
    /// # Errors
    /// [`MigrationError`]: what ran before stands.
    pub async fn run(&self, admin_url: &str) -> Result<(), MigrationError> {
        let service = self.service;
        let connect = |cause| MigrationError::Connect { service, cause };
        let prelude = |cause| MigrationError::Prelude { service, cause };

        let options: PgConnectOptions = admin_url.parse().map_err(Error::Url).map_err(connect)?;
        // That something is there already, or isn't there to be dropped, is what a migration reckons with.
        let options = options
            .application_name("entente migrate")
            .options([("client_min_messages", "warning")]);
        let mut admin = PgConnection::connect_with(&options)
            .await
            .map_err(Error::from)
            .map_err(connect)?;
        // Held until this connection ends. It also keeps two runs from waiting for each other in the catalogues.
        sqlx::query("select pg_advisory_lock(hashtextextended('entente.migrate.' || $1, 0))")
            .bind(service)
            .execute(&mut admin)
            .await
            .map_err(Error::from)
            .map_err(connect)?;
        prelude::roles(&mut admin, service).await.map_err(prelude)?;

        let options = options.options([("role", owner_role(service))]);
        let mut owner = PgConnection::connect_with(&options)
            .await
            .map_err(Error::from)
            .map_err(prelude)?;
        prelude::schema(&mut owner, service).await.map_err(prelude)?;
        for part in &self.parts {
            part.run(&mut owner, service).await?;
        }
        // What is left to do is done: a failure to say good-bye changes nothing.
        futures::join!(owner.close(), admin.close()).0.ok();
        Ok(())
    }
}

impl Part {
    async fn run(&self, owner: &mut PgConnection, service: &'static str) -> Result<(), MigrationError> {
        let failed = |cause| MigrationError::Run {
            service,
            part: self.name,
            cause,
        };
        let migrator = Migrator {
            migrations: self.migrator.migrations.clone(),
            table_name: self.table.clone().into(),
            ignore_missing: self.migrator.ignore_missing,
            ..Migrator::DEFAULT
        };
        migrator.run_direct(None, owner, false).await.map_err(failed)?;
        // The worker reads it to know whether the schema is the right one; only a migration writes it.
        let revoke = format!(
            "revoke insert, update, delete on {} from {}",
            self.table,
            quoted(&crate::worker_role(service))
        );
        sqlx::raw_sql(AssertSqlSafe(revoke))
            .execute(owner)
            .await
            .map_err(MigrateError::from)
            .map_err(failed)?;
        Ok(())
    }
}

/// The role that owns the schema of a service.
fn owner_role(service: &str) -> String {
    format!("{service}_owner")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
