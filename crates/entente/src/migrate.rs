//! Bringing the database to this version.

use anyhow::Result;
use entente_events::log::postgres;
use entente_pg::{Migrations, worker_role};
use sqlx::migrate::Migrator;

use crate::settings::Settings;

/// The schema of the event log in Postgres.
pub(crate) const EVENT_LOG: &str = "eventlog";

/// The migrations of every schema: the services', and the event log's.
///
/// # Errors
/// When a name is no plain identifier, which a test excludes.
pub fn all() -> Result<Vec<Migrations>> {
    Ok(vec![
        event_log()?,
        entente_identity::migrations()?,
        entente_partners::migrations()?,
        entente_billing::migrations()?,
        entente_notifications::migrations()?,
        entente_audit::migrations()?,
    ])
}

fn event_log() -> Result<Migrations> {
    let tables = postgres::statements(EVENT_LOG, &worker_role(EVENT_LOG))?;
    Ok(Migrations::new(EVENT_LOG, Migrator::with_migrations(Vec::new())).with_part("log", [tables]))
}

/// Runs what has not run yet, schema by schema.
///
/// # Errors
/// When a database can't be reached or a migration fails: what ran before stands.
pub async fn run(settings: &Settings, shared_url: &str, progress: impl Fn(&str)) -> Result<()> {
    for migrations in all()? {
        let service = migrations.service();
        progress(&format!("schema {service}"));
        migrations.run(&settings.database_of(service, shared_url)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_has_its_migrations() {
        let names: Vec<_> = all().unwrap().iter().map(Migrations::service).collect();
        assert_eq!(
            names,
            [
                "eventlog",
                "identity",
                "partners",
                "billing",
                "notifications",
                "audit"
            ]
        );
    }
}
