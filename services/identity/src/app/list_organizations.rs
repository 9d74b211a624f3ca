//! Lists the organizations directly below another one.

use entente_ids::OrganizationId;

use super::App;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::store::organization::{self, Filter};

/// Which page of which list.
#[derive(Debug, Clone)]
pub struct ListOrganizations {
    /// The organization above.
    pub parent: OrganizationId,
    /// Which of those below.
    pub filter: Filter,
    /// The key of the name after which the page begins; empty for the first.
    pub after: String,
    /// At most so many.
    pub limit: i64,
}

/// Lists them by name.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: &ListOrganizations) -> Result<Vec<Organization>, Error> {
    let mut tx = app
        .database()
        .tenant("identity.list_organizations", query.parent.uuid())
        .await?;
    let found = organization::list(&mut tx, query.parent, &query.filter, &query.after, query.limit).await?;
    tx.commit().await?;
    Ok(found)
}
