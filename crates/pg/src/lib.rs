//! Postgres for one service: two pools, named transactions, row-level security and migrations.
//!
//! A service has three roles. `<service>_owner` owns the schema and runs its migrations, `<service>` does the work of
//! the tenants and sees one organization at a time, `<service>_worker` does what has no tenant. A login that is a
//! member of the roles is enough: a connection takes its role as it starts.
//!
//! # In a service
//! ```no_run
//! # async fn end_partnership(db: &entente_pg::Database, organization: uuid::Uuid) -> Result<(), entente_pg::Error> {
//! let mut tx = db.tenant("partners.end_partnership", organization).await?; // the name is the metric and the span
//! sqlx::query("update partners.partnership set ended_at = now()").execute(&mut *tx).await?;
//! tx.commit().await // without it, all is rolled back
//! # }
//! ```
//! A store takes `&mut sqlx::PgConnection`, which `&mut tx` gives. `Error::Unavailable` becomes UNAVAILABLE with
//! `RetryInfo`; `Error::constraint` names the constraint that a domain error stands for.
//!
//! # Queries
//! Use `sqlx::query!`, `query_as!` and `query_scalar!`; write the schema in each (`partners.partnership`). The
//! `sqlx.toml` beside the crate's `Cargo.toml` makes every `timestamptz` a `jiff_sqlx::Timestamp`:
//! - bind with `at.to_sqlx()` (`use jiff_sqlx::ToSqlx`), an optional one with `at.map(ToSqlx::to_sqlx)`;
//! - a `not null` column fits a field of type `jiff::Timestamp` (the macro calls `into`); a nullable one is
//!   `Option<jiff_sqlx::Timestamp>` in the row struct, then `.map(jiff_sqlx::Timestamp::to_jiff)`;
//! - an expression counts as nullable: `count(*) as "count!"`; an outer join's column as not: `as "name?"`;
//! - Postgres keeps microseconds: compare times that were rounded to them;
//! - run `scripts/sqlx-prepare` after a change to a query or a migration, and commit `.sqlx`.
//!
//! # Migrations
//! Files `services/<service>/migrations/<number>_<purpose>.sql`, run as the owner. Never change one that was released.
//! Beside `build.rs` with `println!("cargo:rerun-if-changed=migrations")` the service has
//! `pub fn migrations() -> Migrations { Migrations::new("partners", sqlx::migrate!()) }`.
//! A service's tables have this form; the role of the tenants may do only what is granted here:
//! ```sql
//! create table partners.mandate (
//!   id uuid primary key,
//!   organization_id uuid not null,
//!   created_at timestamptz not null
//! );
//! alter table partners.mandate enable row level security;
//! create policy tenant on partners.mandate to partners using (organization_id = partners.organization());
//! create policy worker on partners.mandate to partners_worker using (true);
//! grant select, insert, update on partners.mandate to partners;
//! ```
//! `partners.organization()` is there before the first migration runs. It is the transaction's organization, and null
//! where none is set, so that a query outside of a tenant transaction returns nothing. A row that two organizations
//! share carries both: `using (partners.organization() in (client_id, partner_id))`. `FORCE ROW LEVEL SECURITY` isn't
//! needed: the role of the tenants owns no table. The worker has all rights on tables and sequences by default.

mod database;
mod error;
mod migrations;
mod retry;
mod transaction;

pub use database::{Database, Settings, worker_role};
pub use error::Error;
pub use migrations::{MigrationError, Migrations, WrongSchema};
pub use retry::retry_conflicts;
pub use transaction::Tx;
