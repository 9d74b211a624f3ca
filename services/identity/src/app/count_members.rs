//! Counts the members of an organization, as the tabs above a list show them.

use entente_ids::OrganizationId;

use super::App;
use crate::error::Error;
use crate::store::member_list::{self, Count};

/// Counts them by role and state.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, organization: OrganizationId) -> Result<Vec<Count>, Error> {
    let mut tx = app
        .database()
        .tenant("identity.count_members", organization.uuid())
        .await?;
    let counts = member_list::count(&mut tx, organization).await?;
    tx.commit().await?;
    Ok(counts)
}
