//! What others ask of groups: whose they are, and who is in them.

use entente_ids::{GroupId, OrganizationId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::error::Error;

/// Whether a group is of an organization.
///
/// # Errors
/// When the database fails.
pub async fn is_of(
    conn: &mut PgConnection,
    organization: OrganizationId,
    group: GroupId,
) -> Result<bool, Error> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from identity.member_group where organization_id = $1 and id = $2) as "found!""#,
        organization.uuid(),
        group.uuid()
    )
    .fetch_one(conn)
    .await?;
    Ok(found)
}

/// The people in a group who are in the organization, as users.
///
/// # Errors
/// When the database fails.
pub async fn users(
    conn: &mut PgConnection,
    organization: OrganizationId,
    group: GroupId,
) -> Result<Vec<Uuid>, Error> {
    let users = sqlx::query_scalar!(
        r#"select member.user_id as "user_id!" from identity.group_member
           join identity.member on member.id = group_member.member_id
           where group_member.organization_id = $1 and group_member.group_id = $2 and member.state = 'active'"#,
        organization.uuid(),
        group.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(users)
}
