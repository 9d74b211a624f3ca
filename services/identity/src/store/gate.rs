//! What billing said last.

use entente_pg::Error;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;

use crate::domain::decision::GateSetting;

/// Puts a gate in, unless its version is known or older; returns whether it holds now.
///
/// # Errors
/// [`Error`], with the constraint `gate_organization` for an organization that isn't there.
pub async fn put(conn: &mut PgConnection, setting: &GateSetting, now: Timestamp) -> Result<bool, Error> {
    let written = sqlx::query!(
        "insert into identity.gate as known (organization_id, gate, version, open, missing, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organization_id, gate) do update set version = excluded.version, open = excluded.open,
           missing = excluded.missing, updated_at = excluded.updated_at
         where known.version < excluded.version",
        setting.organization.uuid(),
        setting.gate.as_str(),
        setting.version,
        setting.open,
        &setting.missing,
        now.to_sqlx(),
    )
    .execute(conn)
    .await?;
    Ok(written.rows_affected() == 1)
}
