//! Shows what each role lets somebody do.

use entente_ids::OrganizationId;

use super::App;
use super::list_roles::{Shown, built_in};
use crate::domain::custom_role;
use crate::domain::decision::Rights;
use crate::error::Error;
use crate::store::role;

/// Each role of the organization with what it gives there, below the operator's ceiling: the built-in ones first.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, organization: OrganizationId) -> Result<Vec<(Shown, Rights)>, Error> {
    let mut tx = app
        .database()
        .tenant("identity.get_permission_matrix", organization.uuid())
        .await?;
    let custom = role::list(&mut tx, organization, "", custom_role::MOST).await?;
    tx.commit().await?;
    let own = custom.into_iter().map(Shown::Custom);
    Ok(built_in(app, organization)
        .into_iter()
        .chain(own)
        .map(|shown| {
            let rights = app.engine.rights_of_role(organization, shown.reference());
            (shown, rights.unwrap_or_default())
        })
        .collect())
}
