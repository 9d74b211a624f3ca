//! The template databases: one for each set of migrations, made once for all test processes.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use entente_pg::Migrations;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::sync::OnceCell;

use super::{drop_database, with_database};

/// No such database.
const ABSENT: &str = "3D000";

/// Copies the template and gives the name of the copy. Where there is none yet, it is made first.
pub(super) async fn copy(
    admin: &mut PgConnection,
    server: &str,
    migrations: &[Migrations],
) -> anyhow::Result<String> {
    let template = name(migrations);
    let name: String = sqlx::query_scalar(
        "select format('entente_test_%s_%s', extract(epoch from now())::bigint, replace(gen_random_uuid()::text, '-', ''))",
    )
    .fetch_one(&mut *admin)
    .await?;
    let statement = format!("create database {name} template {template}");
    if let Err(error) = execute(admin, &statement).await {
        let absent = error
            .as_database_error()
            .and_then(|refusal| refusal.code())
            .is_some_and(|code| code == ABSENT);
        if !absent {
            return Err(error.into());
        }
        make(admin, server, &template, migrations).await?;
        execute(admin, &statement).await?;
    }
    Ok(name)
}

fn name(migrations: &[Migrations]) -> String {
    let mut hasher = DefaultHasher::new();
    for schema in migrations {
        schema.fingerprint().hash(&mut hasher);
    }
    format!("entente_template_{:016x}", hasher.finish())
}

async fn make(
    admin: &mut PgConnection,
    server: &str,
    template: &str,
    migrations: &[Migrations],
) -> anyhow::Result<()> {
    lock(admin, "pg_advisory_lock").await?;
    let made = make_locked(admin, server, template, migrations).await;
    lock(admin, "pg_advisory_unlock").await?;
    made
}

async fn make_locked(
    admin: &mut PgConnection,
    server: &str,
    template: &str,
    migrations: &[Migrations],
) -> anyhow::Result<()> {
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(template)
        .fetch_one(&mut *admin)
        .await?;
    if exists {
        return Ok(());
    }
    // It takes its name when it is whole, so that nobody copies a half of it.
    let unfinished = format!("{template}_unfinished");
    drop_database(admin, &unfinished).await?;
    execute(admin, &format!("create database {unfinished} template template0")).await?;
    let url = with_database(server, &unfinished);
    for schema in migrations {
        schema.run(&url).await?;
    }
    execute(
        admin,
        &format!("alter database {unfinished} rename to {template}"),
    )
    .await?;
    let made_at: i64 = sqlx::query_scalar("select extract(epoch from now())::bigint")
        .fetch_one(&mut *admin)
        .await?;
    execute(admin, &format!("comment on database {template} is '{made_at}'")).await?;
    Ok(())
}

/// Drops what killed tests left behind: copies after an hour, templates after a week.
pub(super) async fn sweep_once(admin: &mut PgConnection) -> sqlx::Result<()> {
    static SWEPT: OnceCell<()> = OnceCell::const_new();
    SWEPT.get_or_try_init(|| sweep(admin)).await?;
    Ok(())
}

async fn sweep(admin: &mut PgConnection) -> sqlx::Result<()> {
    let stale: Vec<String> = sqlx::query_scalar(
        r"select datname::text from pg_database where
          case when datname ~ '^entente_test_\d+_' then split_part(datname, '_', 3)::bigint + 3600
               when datname ~ '^entente_template_[0-9a-f]+$' then shobj_description(oid, 'pg_database')::bigint + 7 * 86400
          end < extract(epoch from now())",
    )
    .fetch_all(&mut *admin)
    .await?;
    for name in stale {
        // Another process may be dropping it just now.
        drop_database(admin, &name).await.ok();
    }
    Ok(())
}

/// One process at a time makes a template. The lock ends with its connection.
async fn lock(admin: &mut PgConnection, function: &'static str) -> sqlx::Result<()> {
    execute(
        admin,
        &format!("select {function}(hashtextextended('entente.testkit.template', 0))"),
    )
    .await
}

async fn execute(admin: &mut PgConnection, statement: &str) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(admin)
        .await?;
    Ok(())
}
