//! Listing an organization's trail.

use entente_ids::OrganizationId;
use entente_pg::Database;

use crate::domain::event::Event;
use crate::domain::search::{Filter, Position};
use crate::error::Error;
use crate::store;

/// What to list.
#[derive(Debug)]
pub struct ListAuditEvents {
    /// Whose trail.
    pub organization: OrganizationId,
    /// Which events.
    pub filter: Filter,
    /// Behind which event to go on.
    pub after: Option<Position>,
    /// At most so many.
    pub limit: u16,
}

/// A part of the trail, newest first.
#[derive(Debug)]
pub struct Page {
    /// The events.
    pub events: Vec<Event>,
    /// Where to go on; none when this was all.
    pub next: Option<Position>,
}

/// Lists events of an organization's trail.
///
/// # Errors
/// When the database fails.
pub async fn list_audit_events(database: &Database, command: ListAuditEvents) -> Result<Page, Error> {
    let ListAuditEvents {
        organization,
        filter,
        after,
        limit,
    } = command;
    let mut tx = database
        .tenant("audit.list_audit_events", organization.uuid())
        .await?;
    // One more than asked for tells whether there is more.
    let most = i64::from(limit).saturating_add(1);
    let links = store::event::list(&mut tx, organization, &filter, after, most).await?;
    tx.commit().await?;
    let mut events: Vec<Event> = links.into_iter().map(|link| link.event).collect();
    let has_more = events.len() > usize::from(limit);
    events.truncate(usize::from(limit));
    let next = events.last().filter(|_| has_more).map(|last| Position {
        time: last.time,
        id: last.id,
    });
    Ok(Page { events, next })
}
