//! Lists the members of an organization.

use entente_ids::OrganizationId;

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
    /// The member after which the page begins; none for the first.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: i64,
}

/// Lists them.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: ListMembers) -> Result<Vec<Member>, Error> {
    let mut tx = app
        .database()
        .tenant("identity.list_members", query.organization.uuid())
        .await?;
    let found = member_list::list(
        &mut tx,
        query.organization,
        &query.filter,
        query.order,
        query.after,
        query.limit,
    )
    .await?;
    tx.commit().await?;
    Ok(found)
}
