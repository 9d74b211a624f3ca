//! Lists the members of an organization.

use entente_ids::{MemberId, OrganizationId};
use entente_paging::Page;
use jiff::Timestamp;
use uuid::Uuid;

use super::App;
use crate::domain::member::Member;
use crate::error::Error;
use crate::store::member::{self, Filter};

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListMembers {
    /// The organization.
    pub organization: OrganizationId,
    /// Which of its members.
    pub filter: Filter,
    /// Which page.
    pub page: Page<(Timestamp, MemberId)>,
}

/// Lists them, oldest first, with the token of the next page.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: &ListMembers) -> Result<(Vec<Member>, String), Error> {
    let first = (Timestamp::UNIX_EPOCH, MemberId::from_uuid(Uuid::nil()));
    let after = *query.page.after().unwrap_or(&first);
    let mut tx = app
        .database()
        .tenant("identity.list_members", query.organization.uuid())
        .await?;
    let found = member::list(
        &mut tx,
        query.organization,
        query.filter,
        after,
        query.page.limit(),
    )
    .await?;
    tx.commit().await?;
    Ok(query.page.cut(found, |last| (last.created_at, last.id)))
}
