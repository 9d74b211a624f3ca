//! What stands before the first migration: the roles, their rights, the schema.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection};

use super::{owner_role, quoted};
use crate::{Error, worker_role};

/// Roles belong to the whole server: runs in two databases of it can meet, and the one that loses only has to look again.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);
/// Somebody else made it first (42710, 23505) or is just changing the same row of a catalogue (XX000).
const MET_ANOTHER_RUN: [&str; 3] = ["42710", "23505", "XX000"];

/// Makes the three roles and the schema, as a login that may do so.
pub(super) async fn roles(admin: &mut PgConnection, service: &str) -> Result<(), Error> {
    let statements = roles_text(service);
    for _ in 1..ATTEMPTS {
        match execute(admin, &statements).await {
            Err(error) if met_another_run(&error) => tokio::time::sleep(PAUSE).await,
            result => return result,
        }
    }
    execute(admin, &statements).await
}

/// Gives the roles their rights, as the owner.
pub(super) async fn schema(owner: &mut PgConnection, service: &str) -> Result<(), Error> {
    execute(owner, &schema_text(service)).await
}

/// All of it, to tell whether it changed.
pub(super) fn text(service: &str) -> String {
    roles_text(service) + &schema_text(service)
}

fn roles_text(service: &str) -> String {
    let (owner, worker) = (owner_role(service), worker_role(service));
    format!(
        "do $prelude$
declare
  wanted text;
  -- From 16 on a member may lack the right to take the role.
  needed text := case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end;
begin
  foreach wanted in array array['{owner}', '{service}', '{worker}'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
    if not pg_has_role(session_user, wanted, needed) then
      execute format('grant %I to %I', wanted, session_user);
    end if;
  end loop;
  if not exists (select from pg_catalog.pg_namespace where nspname = '{service}') then
    execute format('create schema %I authorization %I', '{service}', '{owner}');
  end if;
end $prelude$;"
    )
}

fn schema_text(service: &str) -> String {
    let (schema, worker) = (quoted(service), quoted(&worker_role(service)));
    format!(
        "grant usage on schema {schema} to {schema}, {worker};
alter default privileges in schema {schema} grant select, insert, update, delete on tables to {worker};
alter default privileges in schema {schema} grant usage, select on sequences to {worker};
create or replace function {schema}.organization() returns uuid language sql stable parallel safe
  return nullif(current_setting('entente.organization', true), '')::uuid;
comment on function {schema}.organization() is 'the organization that the transaction is bound to, or null';"
    )
}

async fn execute(connection: &mut PgConnection, statements: &str) -> Result<(), Error> {
    sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
        .execute(connection)
        .await?;
    Ok(())
}

fn met_another_run(error: &Error) -> bool {
    error.is_conflict()
        || error
            .code()
            .is_some_and(|code| MET_ANOTHER_RUN.contains(&code.as_str()))
}
