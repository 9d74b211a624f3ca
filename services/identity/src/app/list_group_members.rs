//! Lists who is in a group.

use entente_ids::{GroupId, OrganizationId};
use entente_paging::Page;
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
    /// Which page.
    pub page: Page<(Timestamp, Uuid)>,
}

/// Lists them, who was added first at the front, with the token of the next page.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, query: &ListGroupMembers) -> Result<(Vec<Listed>, String), Error> {
    let first = (Timestamp::UNIX_EPOCH, Uuid::nil());
    let after = *query.page.after().unwrap_or(&first);
    let mut tx = app
        .database()
        .tenant("identity.list_group_members", query.organization.uuid())
        .await?;
    group::find(&mut tx, query.organization, query.group)
        .await?
        .ok_or(Error::NotFound("group"))?;
    let found = group::list_members(&mut tx, query.group, after, query.page.limit()).await?;
    tx.commit().await?;
    Ok(query.page.cut(found, |last| (last.added_at, last.insider.uuid())))
}
