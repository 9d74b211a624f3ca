//! Custom roles, and who has them.

use entente_ids::{OrganizationId, RoleId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::{role_columns, role_ref};
use crate::domain::custom_role::CustomRole;
use crate::domain::decision::PermissionSet;
use crate::domain::name::DisplayName;
use crate::domain::role::RoleRef;
use crate::error::Error;

struct Row {
    id: Uuid,
    organization_id: Uuid,
    display_name: String,
    description: String,
    permissions: Json<PermissionSet>,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for CustomRole {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: RoleId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            display_name: DisplayName::new(&row.display_name)
                .map_err(|_| Error::Corrupt("role.display_name"))?,
            description: row.description,
            permissions: row.permissions.0,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select id, organization_id, display_name, description, permissions as "permissions: Json<PermissionSet>",
                 version, created_at, updated_at
               from identity.role "# + $rest
            $(, $argument)*
        )
    };
}

/// Reads a custom role of an organization.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: RoleId,
) -> Result<Option<CustomRole>, Error> {
    let row = select!(
        "where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Lists the custom roles of an organization by name, after the one whose name has this key.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    after: &str,
    limit: i64,
) -> Result<Vec<CustomRole>, Error> {
    let rows = select!(
        "where organization_id = $1 and name_key > $2 order by name_key limit $3",
        organization.uuid(),
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Counts the custom roles of an organization.
///
/// # Errors
/// When the database fails.
pub async fn count(conn: &mut PgConnection, organization: OrganizationId) -> Result<i64, Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from identity.role where organization_id = $1"#,
        organization.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(count)
}

/// How many have a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holders {
    /// Members, the removed ones aside.
    pub members: i64,
    /// Service accounts, the deleted ones aside.
    pub service_accounts: i64,
}

/// Counts who has each of these roles; a role that nobody has is left out.
///
/// # Errors
/// When the database fails.
pub async fn count_holders(
    conn: &mut PgConnection,
    organization: OrganizationId,
    roles: &[RoleRef],
) -> Result<Vec<(RoleRef, Holders)>, Error> {
    let (built_in, custom): (Vec<_>, Vec<_>) = roles.iter().map(|role| role_columns(Some(*role))).unzip();
    let built_in: Vec<String> = built_in.into_iter().flatten().map(str::to_owned).collect();
    let custom: Vec<Uuid> = custom.into_iter().flatten().collect();
    let rows = sqlx::query!(
        r#"select role, custom_role_id, sum(members)::bigint as "members!", sum(accounts)::bigint as "accounts!"
           from (
             select role, custom_role_id, count(*) as members, 0 as accounts from identity.member
             where organization_id = $1 and state <> 'removed' and (role = any($2) or custom_role_id = any($3))
             group by role, custom_role_id
             union all
             select role, custom_role_id, 0, count(*) from identity.service_account
             where organization_id = $1 and state <> 'deleted' and (role = any($2) or custom_role_id = any($3))
             group by role, custom_role_id
           ) as held group by role, custom_role_id"#,
        organization.uuid(),
        &built_in,
        &custom,
    )
    .fetch_all(conn)
    .await?;
    let mut counted = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(role) = role_ref("member.role", row.role.as_deref(), row.custom_role_id)? {
            let holders = Holders {
                members: row.members,
                service_accounts: row.accounts,
            };
            counted.push((role, holders));
        }
    }
    Ok(counted)
}

/// How many members one statement changes: seconds, where a statement has a quarter of a minute.
const AT_ONCE: i64 = 5_000;

/// Leaves everybody who has a custom role without one, and tells how many that were. Who is gone loses it too, but isn't
/// counted.
///
/// # Errors
/// When the database fails.
pub async fn leave(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: RoleId,
    now: Timestamp,
) -> Result<Holders, Error> {
    let service_accounts = sqlx::query_scalar!(
        r#"with left_without as (
             update identity.service_account set custom_role_id = null, version = version + 1, updated_at = $3
             where organization_id = $1 and custom_role_id = $2 returning state
           ) select count(*) filter (where state <> 'deleted') as "count!" from left_without"#,
        organization.uuid(),
        id.uuid(),
        now.to_sqlx(),
    )
    .fetch_one(&mut *conn)
    .await?;
    let mut members: i64 = 0;
    loop {
        // Whoever was changed has the role no more, so that each statement finds others.
        let row = sqlx::query!(
            r#"with left_without as (
                 update identity.member set custom_role_id = null, version = version + 1, updated_at = $3
                 where id = any(array(select id from identity.member
                                      where organization_id = $1 and custom_role_id = $2 limit $4))
                 returning state
               ) select count(*) as "found!", count(*) filter (where state <> 'removed') as "present!"
               from left_without"#,
            organization.uuid(),
            id.uuid(),
            now.to_sqlx(),
            AT_ONCE,
        )
        .fetch_one(&mut *conn)
        .await?;
        members = members.saturating_add(row.present);
        if row.found < AT_ONCE {
            return Ok(Holders {
                members,
                service_accounts,
            });
        }
    }
}

/// Adds a role.
///
/// # Errors
/// [`Error::Taken`], or when the database fails.
pub async fn add(conn: &mut PgConnection, role: &CustomRole) -> Result<(), Error> {
    sqlx::query!(
        "insert into identity.role
           (id, organization_id, display_name, name_key, description, permissions, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        role.id.uuid(),
        role.organization.uuid(),
        role.display_name.as_str(),
        role.display_name.key(),
        role.description,
        Json(role.permissions) as _,
        role.version,
        role.created_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

/// Stores what can change of a role.
///
/// # Errors
/// [`Error::Taken`], or when the database fails.
pub async fn update(conn: &mut PgConnection, role: &CustomRole) -> Result<(), Error> {
    sqlx::query!(
        "update identity.role
         set display_name = $3, name_key = $4, description = $5, permissions = $6, version = $7, updated_at = $8
         where organization_id = $1 and id = $2",
        role.organization.uuid(),
        role.id.uuid(),
        role.display_name.as_str(),
        role.display_name.key(),
        role.description,
        Json(role.permissions) as _,
        role.version,
        role.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

/// Takes a role away. Nobody has it any more by then.
///
/// # Errors
/// When the database fails.
pub async fn delete(conn: &mut PgConnection, organization: OrganizationId, id: RoleId) -> Result<(), Error> {
    sqlx::query!(
        "delete from identity.role where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn taken(cause: sqlx::Error) -> Error {
    let error = entente_pg::Error::from(cause);
    match error.constraint() {
        Some("role_name_key") => Error::Taken("role"),
        Some(_) | None => error.into(),
    }
}
