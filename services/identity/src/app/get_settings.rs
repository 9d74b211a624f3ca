//! Reads the general settings of an organization.

use entente_ids::OrganizationId;

use super::App;
use crate::domain::settings::Settings;
use crate::error::Error;
use crate::store::settings;

/// Reads them; one that has set nothing has them too.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, organization: OrganizationId) -> Result<Settings, Error> {
    let mut tx = app
        .database()
        .tenant("identity.get_settings", organization.uuid())
        .await?;
    let settings = settings::find(&mut tx, organization).await?;
    tx.commit().await?;
    Ok(settings)
}
