//! Reads one organization.

use entente_ids::OrganizationId;

use super::App;
use crate::domain::organization::Organization;
use crate::error::Error;
use crate::store::organization;

/// Reads it.
///
/// # Errors
/// [`Error::NotFound`], or a failure of the database.
pub async fn run(app: &App, id: OrganizationId) -> Result<Organization, Error> {
    let mut tx = app
        .database()
        .tenant("identity.get_organization", id.uuid())
        .await?;
    let found = organization::find(&mut tx, id).await?;
    tx.commit().await?;
    found.ok_or(Error::NotFound("organization"))
}
