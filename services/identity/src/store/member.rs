//! Members, pending, active and removed.

use entente_ids::{GroupId, MemberId, OrganizationId, UserId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{responsible, responsible_columns, role_columns, role_ref, word};
use crate::domain::email::EmailAddress;
use crate::domain::member::{Member, MemberRefusal, Others};
use crate::domain::role::RoleRef;
use crate::error::Error;

struct Row {
    id: Uuid,
    organization_id: Uuid,
    user_id: Option<Uuid>,
    email: String,
    display_name: Option<String>,
    role: Option<String>,
    custom_role_id: Option<Uuid>,
    legal_representative: bool,
    groups: Vec<Uuid>,
    second_factor: String,
    responsible_user_id: Option<Uuid>,
    responsible_group_id: Option<Uuid>,
    responsible_copied: bool,
    sort_key: String,
    state: String,
    invitation_generation: i32,
    invitation_expires_at: Timestamp,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl TryFrom<Row> for Member {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: MemberId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            user: row.user_id.map(UserId::from_uuid),
            email: EmailAddress::new(&row.email),
            display_name: row.display_name,
            role: role_ref("member.role", row.role.as_deref(), row.custom_role_id)?,
            legal_representative: row.legal_representative,
            groups: row.groups.into_iter().map(GroupId::from_uuid).collect(),
            second_factor: word("member.second_factor", &row.second_factor)?,
            sort_key: row.sort_key,
            responsible: responsible(
                row.responsible_user_id,
                row.responsible_group_id,
                row.responsible_copied,
            ),
            state: word("member.state", &row.state)?,
            generation: row
                .invitation_generation
                .try_into()
                .map_err(|_| Error::Corrupt("member.invitation_generation"))?,
            invitation_expires_at: row.invitation_expires_at,
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
            r#"select member.id, member.organization_id, member.user_id, member.email,
                 user_account.display_name as "display_name?", member.role, member.custom_role_id,
                 member.legal_representative, member.second_factor, member.responsible_user_id,
                 member.responsible_group_id, member.responsible_copied, member.state, member.sort_key,
                 array(select group_id from identity.group_member where member_id = member.id
                       order by group_id) as "groups!", member.invitation_generation, member.invitation_expires_at,
                 member.version, member.created_at, member.updated_at
               from identity.member left join identity.user_account on user_account.id = member.user_id "# + $rest
            $(, $argument)*
        )
    };
}

/// Reads a member of an organization, removed or not.
///
/// # Errors
/// When the database fails.
pub async fn find(
    conn: &mut PgConnection,
    organization: OrganizationId,
    id: MemberId,
) -> Result<Option<Member>, Error> {
    let row = select!(
        "where member.organization_id = $1 and member.id = $2",
        organization.uuid(),
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads a person's place in an organization, while they are in.
///
/// # Errors
/// When the database fails.
pub async fn find_active(
    conn: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Member>, Error> {
    let row = select!(
        "where member.organization_id = $1 and member.user_id = $2 and member.state = 'active'",
        organization.uuid(),
        user.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads some members of an organization, removed or not, in no order.
///
/// # Errors
/// When the database fails.
pub async fn find_all(
    conn: &mut PgConnection,
    organization: OrganizationId,
    ids: &[Uuid],
) -> Result<Vec<Member>, Error> {
    let rows = select!(
        "where member.organization_id = $1 and member.id = any($2)",
        organization.uuid(),
        ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Reads the member of an address, pending or in.
///
/// # Errors
/// When the database fails.
pub async fn find_by_email(
    conn: &mut PgConnection,
    organization: OrganizationId,
    email: &EmailAddress,
) -> Result<Option<Member>, Error> {
    let row = select!(
        "where member.organization_id = $1 and member.email = $2 and member.state <> 'removed'",
        organization.uuid(),
        email.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads the member that a link names, whatever its organization. For the worker.
///
/// # Errors
/// When the database fails.
pub async fn lookup(conn: &mut PgConnection, id: MemberId) -> Result<Option<Member>, Error> {
    let row = select!("where member.id = $1", id.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(TryInto::try_into).transpose()
}

/// Reads the member that a link names, whatever its organization, and keeps everybody else from changing it. For the
/// worker: who holds a link is nobody's member yet.
///
/// # Errors
/// When the database fails.
pub async fn lock_invited(conn: &mut PgConnection, id: MemberId) -> Result<Option<Member>, Error> {
    let row = select!("where member.id = $1 for no key update of member", id.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(TryInto::try_into).transpose()
}

/// Lists the owners of an organization that aren't removed, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_owners(
    conn: &mut PgConnection,
    organization: OrganizationId,
) -> Result<Vec<Member>, Error> {
    let rows = select!(
        "where member.organization_id = $1 and member.role = 'owner' and member.state <> 'removed'
         order by member.created_at, member.id",
        organization.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Lists a person's places that they weren't removed from, in the order of their organizations. For the worker: it
/// crosses organizations.
///
/// # Errors
/// When the database fails.
pub async fn list_of_user(conn: &mut PgConnection, user: UserId) -> Result<Vec<Member>, Error> {
    let rows = select!(
        "where member.user_id = $1 and member.state <> 'removed' order by member.organization_id",
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Lists those of these people who are in, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_active(
    conn: &mut PgConnection,
    organization: OrganizationId,
    users: &[UserId],
) -> Result<Vec<Member>, Error> {
    let users: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
    let rows = select!(
        "where member.organization_id = $1 and member.state = 'active' and member.user_id = any($2)
         order by member.created_at, member.id",
        organization.uuid(),
        &users
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Lists who is invited to an organization as its legal representative, by a link that still lives.
///
/// # Errors
/// When the database fails.
pub async fn list_invited_representatives(
    conn: &mut PgConnection,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Vec<Member>, Error> {
    let rows = select!(
        "where member.organization_id = $1 and member.state = 'pending' and member.legal_representative
           and member.invitation_expires_at > $2
         order by member.created_at, member.id",
        organization.uuid(),
        now.to_sqlx()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Lists those of these members that the organization has, removed or not.
///
/// # Errors
/// When the database fails.
pub async fn list_some(
    conn: &mut PgConnection,
    organization: OrganizationId,
    ids: &[MemberId],
) -> Result<Vec<Member>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = select!(
        "where member.organization_id = $1 and member.id = any($2)",
        organization.uuid(),
        &ids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Counts who else holds what this member holds. Beside an active one only active ones count.
///
/// # Errors
/// When the database fails.
pub async fn count_others(conn: &mut PgConnection, member: &Member) -> Result<Others, Error> {
    let row = sqlx::query!(
        r#"select count(*) filter (where role = 'owner') as "owners!",
             count(*) filter (where legal_representative) as "legal_representatives!"
           from identity.member
           where organization_id = $1 and id <> $2
             and (state = 'active' or ($3::text = 'pending' and state = 'pending'))"#,
        member.organization.uuid(),
        member.id.uuid(),
        member.state.as_str(),
    )
    .fetch_one(conn)
    .await?;
    Ok(Others {
        owners: row.owners,
        legal_representatives: row.legal_representatives,
    })
}

/// An organization in which a person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The organization.
    pub organization: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The member.
    pub member: MemberId,
    /// The role; none where it was deleted.
    pub role: Option<RoleRef>,
}

/// Lists where a person is, the one joined first at the front. For the worker: it crosses organizations.
///
/// # Errors
/// When the database fails.
pub async fn list_memberships(conn: &mut PgConnection, user: UserId) -> Result<Vec<Membership>, Error> {
    let rows = sqlx::query!(
        "select member.id, member.organization_id, member.role, member.custom_role_id, organization.display_name
         from identity.member join identity.organization on organization.id = member.organization_id
         where member.user_id = $1 and member.state = 'active' and organization.state <> 'deleted'
         order by member.created_at, member.id",
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Membership {
                organization: OrganizationId::from_uuid(row.organization_id),
                organization_name: row.display_name,
                member: MemberId::from_uuid(row.id),
                role: role_ref("member.role", row.role.as_deref(), row.custom_role_id)?,
            })
        })
        .collect()
}

/// Lists where a person is told of what concerns them: where they are, or else where they were last. For the worker: it
/// crosses organizations.
///
/// # Errors
/// When the database fails.
pub async fn list_places(conn: &mut PgConnection, user: UserId) -> Result<Vec<Place>, Error> {
    let rows = sqlx::query!(
        r#"select member.organization_id, member.state = 'active' as "active!"
           from identity.member join identity.organization on organization.id = member.organization_id
           where member.user_id = $1 and organization.state <> 'deleted'
           order by member.state = 'active' desc, member.updated_at desc, member.id"#,
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    let some = rows.iter().filter(|row| row.active).count().max(1);
    let places = rows.into_iter().take(some).map(|row| Place {
        organization: OrganizationId::from_uuid(row.organization_id),
        is_active: row.active,
    });
    Ok(places.collect())
}

/// Where a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The organization.
    pub organization: OrganizationId,
    /// Whether the person is in.
    pub is_active: bool,
}

/// Adds a member.
///
/// # Errors
/// [`Error::AlreadyMember`], or when the database fails.
pub async fn add(conn: &mut PgConnection, member: &Member) -> Result<(), Error> {
    let (built_in, custom) = role_columns(member.role);
    let (user, group, copied) = responsible_columns(member.responsible);
    sqlx::query!(
        "insert into identity.member
           (id, organization_id, user_id, email, role, custom_role_id, legal_representative, second_factor, state,
            invitation_generation, invitation_expires_at, version, created_at, updated_at, responsible_user_id,
            responsible_group_id, responsible_copied)
         values ($1, $2, $3, $4, $5, $12, $6, $13, $7, $8, $9, $10, $11, $11, $14, $15, $16)",
        member.id.uuid(),
        member.organization.uuid(),
        member.user.map(UserId::uuid),
        member.email.as_str(),
        built_in,
        member.legal_representative,
        member.state.as_str(),
        generation(member)?,
        member.invitation_expires_at.to_sqlx(),
        member.version,
        member.created_at.to_sqlx(),
        custom,
        member.second_factor.as_str(),
        user,
        group,
        copied,
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

/// Stores what can change of a member.
///
/// # Errors
/// [`Error::AlreadyMember`] when the person has another place there, or when the database fails.
pub async fn update(conn: &mut PgConnection, member: &Member) -> Result<(), Error> {
    let (built_in, custom) = role_columns(member.role);
    let (user, group, copied) = responsible_columns(member.responsible);
    sqlx::query!(
        "update identity.member
         set user_id = $3, role = $4, custom_role_id = $11, legal_representative = $5, second_factor = $12,
             state = $6, invitation_generation = $7, invitation_expires_at = $8, version = $9, updated_at = $10,
             responsible_user_id = $13, responsible_group_id = $14, responsible_copied = $15, email = $16
         where organization_id = $1 and id = $2",
        member.organization.uuid(),
        member.id.uuid(),
        member.user.map(UserId::uuid),
        built_in,
        member.legal_representative,
        member.state.as_str(),
        generation(member)?,
        member.invitation_expires_at.to_sqlx(),
        member.version,
        member.updated_at.to_sqlx(),
        custom,
        member.second_factor.as_str(),
        user,
        group,
        copied,
        member.email.as_str(),
    )
    .execute(conn)
    .await
    .map_err(taken)?;
    Ok(())
}

fn generation(member: &Member) -> Result<i32, Error> {
    member
        .generation
        .try_into()
        .map_err(|_| Error::Corrupt("member.invitation_generation"))
}

fn taken(cause: sqlx::Error) -> Error {
    let error = entente_pg::Error::from(cause);
    match error.constraint() {
        Some("member_email" | "member_of_user") => Error::AlreadyMember,
        Some("member_custom_role") => MemberRefusal::RoleUnknown.into(),
        Some(_) | None => error.into(),
    }
}
