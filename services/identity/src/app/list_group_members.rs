//! Lists who is in a group.

use entente_ids::{GroupId, OrganizationId};
use jiff::Timestamp;
use uuid::Uuid;

use super::App;
use crate::error::Error;
use crate::store::group::{self, Listed};

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListGroupMembers {
    /// The organization.
    pub organization: OrganizationId,
    /// The group.
    pub group: GroupId,
    /// Who stands before the page; none for the first.
    pub after: Option<(Timestamp, Uuid)>,
    /// At most so many.
    pub limit: i64,
}

/// Lists them, who was added first at the front.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, query: &ListGroupMembers) -> Result<Vec<Listed>, Error> {
    let after = query.after.unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
    let mut tx = app
        .database()
        .tenant("identity.list_group_members", query.organization.uuid())
        .await?;
    group::find(&mut tx, query.organization, query.group)
        .await?
        .ok_or(Error::NotFound("group"))?;
    let found = group::list_members(&mut tx, query.group, after, query.limit).await?;
    tx.commit().await?;
    Ok(found)
}
