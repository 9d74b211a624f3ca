//! Lists what a person is told, newest first.

use super::App;
use crate::domain::notification::Notification;
use crate::error::Error;
use crate::store::notification::{self, Filter, Position};

/// Which page of whose list.
#[derive(Debug, Clone, Copy)]
pub struct ListNotifications {
    /// Whose list.
    pub filter: Filter,
    /// After which the page begins.
    pub after: Option<Position>,
    /// At most so many.
    pub limit: u16,
}

/// A page.
#[derive(Debug)]
pub struct Page {
    /// The notifications.
    pub notifications: Vec<Notification>,
    /// Where the next page begins; none on the last.
    pub next: Option<Position>,
}

/// Reads a page.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, query: ListNotifications) -> Result<Page, Error> {
    let organization = query.filter.organization.uuid();
    let mut tx = app
        .context
        .database
        .tenant("notifications.list_notifications", organization)
        .await?;
    // One more than asked for says whether there is another page.
    let limit = i64::from(query.limit).saturating_add(1);
    let mut notifications = notification::list(&mut tx, &query.filter, query.after, limit).await?;
    tx.commit().await?;
    let mut next = None;
    if notifications.len() > usize::from(query.limit) {
        notifications.truncate(query.limit.into());
        next = notifications.last().map(Position::from);
    }
    Ok(Page { notifications, next })
}
