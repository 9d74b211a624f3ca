//! Lists what a person is told, newest first.

use entente_paging::Page;

use super::App;
use crate::domain::notification::Notification;
use crate::error::Error;
use crate::store::notification::{self, Filter, Position};

/// Which page of whose list.
#[derive(Debug, Clone)]
pub struct ListNotifications {
    /// Whose list.
    pub filter: Filter,
    /// Which page.
    pub page: Page<Position>,
}

/// Reads a page, with the token of the next one.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: &ListNotifications) -> Result<(Vec<Notification>, String), Error> {
    let ListNotifications { filter, page } = query;
    let mut tx = app
        .context
        .database
        .tenant("notifications.list_notifications", filter.organization.uuid())
        .await?;
    let found = notification::list(&mut tx, filter, page.after(), page.limit()).await?;
    tx.commit().await?;
    Ok(page.cut(found, |last| (last.occurred_at, last.id)))
}
