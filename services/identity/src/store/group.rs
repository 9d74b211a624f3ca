//! Groups, and who is in them.

use entente_ids::{GroupId, MemberId, OrganizationId, ServiceAccountId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::word;
use crate::domain::group::{Group, Insider};
use crate::domain::name::DisplayName;
use crate::domain::role::RoleRef;
use crate::error::Error;

struct Row {
    id: Uuid,
    organization_id: Uuid,
    display_name: String,
    description: String,
    roles: Vec<String>,
    member_count: i64,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for Group {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let roles = row.roles.iter().map(|role| word("member_group.roles", role));
        Ok(Self {
            id: GroupId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            display_name: DisplayName::new(&row.display_name)
                .map_err(|_| Error::Corrupt("member_group.display_name"))?,
            description: row.description,
            roles: roles.collect::<Result<_, _>>()?,
            member_count: row.member_count,
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
            r#"select id, organization_id, display_name, description, roles, version, created_at, updated_at,
                 (select count(*) from identity.group_member
                  where group_id = member_group.id
                    and not exists (select from identity.member
                                    where member.id = group_member.member_id and member.state = 'removed')
                    and not exists (select from identity.service_account
                                    where service_account.id = group_member.service_account_id
                                      and service_account.state = 'deleted')) as "member_count!"
               from identity.member_group "# + $rest
            $(, $argument)*
        )
    };
}

/// Reads a group of an organization.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: GroupId,
) -> Result<Option<Group>, Error> {
    let row = select!(
        "where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Lists the groups of an organization by name, after the one whose name has this key.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    organization: OrganizationId,
    after: &str,
    limit: i64,
) -> Result<Vec<Group>, Error> {
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

/// Lists the groups that have a role.
///
/// # Errors
/// When the database fails.
pub async fn list_with_role(
    conn: &mut PgConnection,
    organization: OrganizationId,
    role: RoleRef,
) -> Result<Vec<Group>, Error> {
    let rows = select!(
        "where organization_id = $1 and $2 = any(roles) order by name_key",
        organization.uuid(),
        role.to_string()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Adds a group.
///
/// # Errors
/// [`Error::Taken`], or when the database fails.
pub async fn add(conn: &mut PgConnection, group: &Group) -> Result<(), Error> {
    sqlx::query!(
        "insert into identity.member_group
           (id, organization_id, display_name, name_key, description, roles, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        group.id.uuid(),
        group.organization.uuid(),
        group.display_name.as_str(),
        group.display_name.key(),
        group.description,
        &roles(group),
        group.version,
        group.created_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

/// Stores what can change of a group.
///
/// # Errors
/// [`Error::Taken`], or when the database fails.
pub async fn update(conn: &mut PgConnection, group: &Group) -> Result<(), Error> {
    sqlx::query!(
        "update identity.member_group
         set display_name = $3, name_key = $4, description = $5, roles = $6, version = $7, updated_at = $8
         where organization_id = $1 and id = $2",
        group.organization.uuid(),
        group.id.uuid(),
        group.display_name.as_str(),
        group.display_name.key(),
        group.description,
        &roles(group),
        group.version,
        group.updated_at.to_sqlx(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

/// Whether a group looks after an organization, or after somebody in one. Only transactions of the worker see all of
/// them.
///
/// # Errors
/// When the database fails.
pub async fn looks_after_any(conn: &mut PgConnection, id: GroupId) -> Result<bool, Error> {
    let found = sqlx::query_scalar!(
        r#"select exists (
             select from identity.organization where responsible_group_id = $1 and state <> 'deleted'
           ) or exists (
             select from identity.member join identity.organization on organization.id = member.organization_id
             where member.responsible_group_id = $1 and member.state <> 'removed' and organization.state <> 'deleted'
           ) as "found!""#,
        id.uuid(),
    );
    Ok(found.fetch_one(conn).await?)
}

/// Takes a group away, with who is in it.
///
/// # Errors
/// When the database fails.
pub async fn delete(conn: &mut PgConnection, organization: OrganizationId, id: GroupId) -> Result<(), Error> {
    sqlx::query!(
        "delete from identity.member_group where organization_id = $1 and id = $2",
        organization.uuid(),
        id.uuid()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts members and service accounts into a group, and tells which of them weren't in it. Who is given must be of the
/// same organization.
///
/// # Errors
/// When the database fails.
pub async fn put_in(
    conn: &mut PgConnection,
    group: &Group,
    insiders: &[Insider],
    now: Timestamp,
) -> Result<Vec<Insider>, Error> {
    let (members, accounts) = columns(insiders);
    let rows = sqlx::query!(
        "insert into identity.group_member (organization_id, group_id, member_id, service_account_id, added_at)
         select $1, $2, given.member_id, given.service_account_id, $5
         from (select id as member_id, null::uuid as service_account_id from unnest($3::uuid[]) as id
               union all select null, id from unnest($4::uuid[]) as id) as given
         on conflict do nothing returning member_id, service_account_id",
        group.organization.uuid(),
        group.id.uuid(),
        &members,
        &accounts,
        now.to_sqlx(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| insider(row.member_id, row.service_account_id))
        .collect())
}

/// Takes members and service accounts out of a group, and tells which of them were in it.
///
/// # Errors
/// When the database fails.
pub async fn take_out(
    conn: &mut PgConnection,
    group: &Group,
    insiders: &[Insider],
) -> Result<Vec<Insider>, Error> {
    let (members, accounts) = columns(insiders);
    let rows = sqlx::query!(
        "delete from identity.group_member
         where group_id = $1 and (member_id = any($2) or service_account_id = any($3))
         returning member_id, service_account_id",
        group.id.uuid(),
        &members,
        &accounts,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| insider(row.member_id, row.service_account_id))
        .collect())
}

/// Somebody in a group, as a list shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Who.
    pub insider: Insider,
    /// The name, as far as it is known.
    pub display_name: Option<String>,
    /// A member's address.
    pub email: Option<String>,
    /// When they were added.
    pub added_at: Timestamp,
}

/// Lists who is in a group, who was added first at the front, after the given place in that order.
///
/// # Errors
/// When the database fails.
pub async fn list_members(
    conn: &mut PgConnection,
    group: GroupId,
    after: (Timestamp, Uuid),
    limit: i64,
) -> Result<Vec<Listed>, Error> {
    let rows = sqlx::query!(
        r#"select group_member.member_id, group_member.service_account_id,
             group_member.added_at, member.email as "email?",
             coalesce(user_account.display_name, service_account.display_name) as display_name
           from identity.group_member
             left join identity.member on member.id = group_member.member_id
             left join identity.user_account on user_account.id = member.user_id
             left join identity.service_account on service_account.id = group_member.service_account_id
           where group_member.group_id = $1
             and member.state is distinct from 'removed' and service_account.state is distinct from 'deleted'
             and (group_member.added_at, coalesce(group_member.member_id, group_member.service_account_id))
                 > ($2::timestamptz, $3::uuid)
           order by group_member.added_at, coalesce(group_member.member_id, group_member.service_account_id)
           limit $4"#,
        group.uuid(),
        after.0.to_sqlx(),
        after.1,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Listed {
                insider: insider(row.member_id, row.service_account_id)?,
                display_name: row.display_name,
                email: row.email,
                added_at: row.added_at.to_jiff(),
            })
        })
        .collect())
}

fn insider(member: Option<Uuid>, service_account: Option<Uuid>) -> Option<Insider> {
    match (member, service_account) {
        (Some(id), _) => Some(Insider::Member(MemberId::from_uuid(id))),
        (None, Some(id)) => Some(Insider::ServiceAccount(ServiceAccountId::from_uuid(id))),
        (None, None) => None,
    }
}

fn columns(insiders: &[Insider]) -> (Vec<Uuid>, Vec<Uuid>) {
    let members = insiders.iter().filter_map(|insider| insider.member());
    let accounts = insiders.iter().filter_map(|insider| insider.service_account());
    (
        members.map(MemberId::uuid).collect(),
        accounts.map(ServiceAccountId::uuid).collect(),
    )
}

fn roles(group: &Group) -> Vec<String> {
    group.roles.iter().map(ToString::to_string).collect()
}

fn taken(cause: sqlx::Error) -> Error {
    let error = entente_pg::Error::from(cause);
    match error.constraint() {
        Some("member_group_name_key") => Error::Taken("group"),
        Some(_) | None => error.into(),
    }
}
