//! Reads one group.

use entente_ids::{GroupId, OrganizationId};

use super::App;
use crate::domain::group::Group;
use crate::error::Error;
use crate::store::group;

/// Reads it.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, organization: OrganizationId, id: GroupId) -> Result<Group, Error> {
    let mut tx = app
        .database()
        .tenant("identity.get_group", organization.uuid())
        .await?;
    let found = group::find(&mut tx, organization, id).await?;
    tx.commit().await?;
    found.ok_or(Error::NotFound("group"))
}
