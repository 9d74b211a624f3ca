//! Lists the members of an organization.

use entente_ids::OrganizationId;
use entente_paging::Page;

use super::App;
use crate::domain::member::Member;
use crate::error::Error;
use crate::store::member_list::{self, Direction, Filter, OrderBy, Place};

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListMembers {
    /// The organization.
    pub organization: OrganizationId,
    /// Which of its members.
    pub filter: Filter,
    /// In which order.
    pub order: (OrderBy, Direction),
    /// Which page.
    pub page: Page<Place>,
}

/// Lists them, with the token of the next page.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: &ListMembers) -> Result<(Vec<Member>, String), Error> {
    let mut tx = app
        .database()
        .tenant("identity.list_members", query.organization.uuid())
        .await?;
    let found = member_list::list(
        &mut tx,
        query.organization,
        &query.filter,
        query.order,
        query.page.after(),
        query.page.limit(),
    )
    .await?;
    tx.commit().await?;
    Ok(query.page.cut(found, |last| query.order.0.place(last)))
}
