//! Lists the groups of an organization.

use entente_ids::OrganizationId;

use super::App;
use crate::domain::group::Group;
use crate::error::Error;
use crate::store::group;

/// Lists them by name, after the one whose name has this key.
///
/// # Errors
/// A failure of the database.
pub async fn run(
    app: &App,
    organization: OrganizationId,
    after: &str,
    limit: i64,
) -> Result<Vec<Group>, Error> {
    let mut tx = app
        .database()
        .tenant("identity.list_groups", organization.uuid())
        .await?;
    let found = group::list(&mut tx, organization, after, limit).await?;
    tx.commit().await?;
    Ok(found)
}
