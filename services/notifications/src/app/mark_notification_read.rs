//! Marks one notification as read.

use entente_access::Access;
use entente_contracts::notifications::v1::{MarkNotificationReadRequest, MarkNotificationReadResponse};
use entente_idempotency::Once;
use entente_ids::{NotificationId, OrganizationId, UserId};

use super::App;
use crate::error::Error;
use crate::grpc::convert;
use crate::store::notification;

/// Which one, and whose.
#[derive(Debug, Clone, Copy)]
pub struct MarkNotificationRead {
    /// Where the person acts.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// Which one.
    pub id: NotificationId,
}

/// Marks it; one that was read stays as it is.
///
/// # Errors
/// [`Error::NotFound`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: MarkNotificationRead,
    request: &MarkNotificationReadRequest,
) -> Result<MarkNotificationReadResponse, Error> {
    let MarkNotificationRead {
        organization,
        user,
        id,
    } = command;
    let once = Once::new(access.actor(), request);
    // Before the row is locked: it isn't this service that knows.
    let locale = app.locale_of(organization, user).await;
    let database = &app.context.database;
    let mut tx = database
        .tenant("notifications.mark_notification_read", organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let read = notification::mark_read(&mut tx, organization, user, id, app.now()).await?;
    let read = read.ok_or(Error::NotFound)?;
    let answer = MarkNotificationReadResponse {
        notification: Some(convert::notification(&app.texts, &locale, &read)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    Ok(answer)
}
