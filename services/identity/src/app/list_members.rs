//! Lists the members of an organization.

use entente_ids::OrganizationId;
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
    /// The member after which the page begins; none for the first.
    pub after: Option<(Timestamp, Uuid)>,
    /// At most so many.
    pub limit: i64,
}

/// Lists them, oldest first.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: &ListMembers) -> Result<Vec<Member>, Error> {
    let after = query.after.unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
    let mut tx = app
        .database()
        .tenant("identity.list_members", query.organization.uuid())
        .await?;
    let found = member::list(&mut tx, query.organization, query.filter, after, query.limit).await?;
    tx.commit().await?;
    Ok(found)
}
