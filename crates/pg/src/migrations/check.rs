//! Whether the schema is the one that this release was written for.

use sqlx::{AssertSqlSafe, PgPool};

use super::{Migrations, Part, owner_role};
use crate::{Database, Error};

/// Why a service must not become ready.
#[derive(Debug, thiserror::Error)]
pub enum WrongSchema {
    /// It isn't known; it will be when the database is back.
    #[error(transparent)]
    Unknown(Error),
    /// There are no roles, no schema or no table of migrations.
    #[error("the schema {service} isn't there, run `entente migrate`")]
    Missing {
        /// Whose schema it is.
        service: &'static str,
    },
    /// A migration of this release hasn't run.
    #[error("migration {version} of {service} ({part}) hasn't run, run `entente migrate`")]
    Behind {
        /// Whose schema it is.
        service: &'static str,
        /// The service, or the library whose tables it makes.
        part: &'static str,
        /// The first one that hasn't run.
        version: i64,
    },
    /// What ran under this number is not what this release has.
    #[error(
        "migration {version} of {service} ({part}) is another one here, use the release that migrated the database"
    )]
    Changed {
        /// Whose schema it is.
        service: &'static str,
        /// The service, or the library whose tables it makes.
        part: &'static str,
        /// The first one that differs.
        version: i64,
    },
    /// Row-level security doesn't hold for the role of the tenants.
    #[error(
        "the role {role} is exempt from row-level security, take SUPERUSER, BYPASSRLS and {role}_owner from it"
    )]
    Exempt {
        /// The role.
        role: &'static str,
    },
    /// The login may not take the role of the service.
    #[error(
        "the login may not work as {service}, grant it the roles {service} and {service}_worker: {cause}"
    )]
    Forbidden {
        /// Whose schema it is.
        service: &'static str,
        /// What the database said.
        cause: Error,
    },
}

impl Migrations {
    /// Whether every migration of this release has run as it is here, and row-level security holds. What a newer
    /// release added is no hindrance: its migrations first only expand, and the older release runs on beside it.
    ///
    /// # Errors
    /// [`WrongSchema`]: the service must not become ready.
    pub async fn check(&self, database: &Database) -> Result<(), WrongSchema> {
        let (tenant, worker) = database.pools();
        for part in &self.parts {
            let ran = part.ran(worker).await.map_err(|error| self.refusal(error))?;
            part.compare(self.service, &ran)?;
        }
        let exempt: bool = sqlx::query_scalar(
            "select rolsuper or rolbypassrls or pg_has_role(rolname, $1, 'USAGE')
             from pg_catalog.pg_roles where rolname = current_user",
        )
        .bind(owner_role(self.service))
        .fetch_one(tenant)
        .await
        .map_err(|error| self.refusal(error.into()))?;
        if exempt {
            return Err(WrongSchema::Exempt { role: self.service });
        }
        Ok(())
    }

    /// The number of the service's last migration that ran, if any did.
    ///
    /// # Errors
    /// [`WrongSchema`] if it can't be read.
    pub async fn version(&self, database: &Database) -> Result<Option<i64>, WrongSchema> {
        let Some(own) = self.parts.last() else {
            return Ok(None);
        };
        let ran = own
            .ran(database.pools().1)
            .await
            .map_err(|error| self.refusal(error))?;
        Ok(ran.last().map(|(version, _)| *version))
    }

    fn refusal(&self, error: Error) -> WrongSchema {
        let service = self.service;
        match error.code().as_deref() {
            // No such schema, table or role.
            Some("3F000" | "42P01" | "22023") => WrongSchema::Missing { service },
            Some("42501") => WrongSchema::Forbidden {
                service,
                cause: error,
            },
            _ => WrongSchema::Unknown(error),
        }
    }
}

impl Part {
    async fn ran(&self, worker: &PgPool) -> Result<Vec<(i64, Vec<u8>)>, Error> {
        let query = format!(
            "select version, checksum from {} where success order by version",
            self.table
        );
        Ok(sqlx::query_as(AssertSqlSafe(query)).fetch_all(worker).await?)
    }

    fn compare(&self, service: &'static str, ran: &[(i64, Vec<u8>)]) -> Result<(), WrongSchema> {
        let part = self.name;
        let mut newest = i64::MIN;
        for step in self.steps() {
            let version = step.version;
            newest = version;
            match ran.iter().find(|(ran, _)| *ran == version) {
                None => {
                    return Err(WrongSchema::Behind {
                        service,
                        part,
                        version,
                    });
                }
                Some((_, checksum)) if *checksum != *step.checksum => {
                    return Err(WrongSchema::Changed {
                        service,
                        part,
                        version,
                    });
                }
                Some(_) => {}
            }
        }
        let dropped = ran
            .iter()
            .find(|(ran, _)| *ran < newest && !self.steps().any(|step| step.version == *ran));
        match dropped {
            Some((version, _)) => Err(WrongSchema::Changed {
                service,
                part,
                version: *version,
            }),
            None => Ok(()),
        }
    }
}
