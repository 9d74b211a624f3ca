//! Marks everything as read.

use entente_access::Access;
use entente_contracts::notifications::v1::{
    MarkAllNotificationsReadRequest, MarkAllNotificationsReadResponse,
};
use entente_idempotency::Once;
use entente_ids::{OrganizationId, UserId};

use super::App;
use crate::error::Error;
use crate::store::notification;

/// Marks what a person hasn't read, in the organization that they act in.
///
/// # Errors
/// A failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    (organization, user): (OrganizationId, UserId),
    request: &MarkAllNotificationsReadRequest,
) -> Result<MarkAllNotificationsReadResponse, Error> {
    let once = Once::new(access.actor(), request);
    let database = &app.context.database;
    let mut tx = database
        .tenant("notifications.mark_all_notifications_read", organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let count = notification::mark_all_read(&mut tx, organization, user, app.now()).await?;
    let answer = MarkAllNotificationsReadResponse { count };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    Ok(answer)
}
