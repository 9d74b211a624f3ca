//! Counts what a person hasn't read.

use entente_ids::{OrganizationId, UserId};

use super::App;
use crate::error::Error;
use crate::store::notification;

/// Counts it in the organization that they act in.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, organization: OrganizationId, user: UserId) -> Result<i64, Error> {
    let database = &app.context.database;
    let mut tx = database
        .tenant("notifications.count_unread_notifications", organization.uuid())
        .await?;
    let count = notification::count_unread(&mut tx, organization, user).await?;
    tx.commit().await?;
    Ok(count)
}
