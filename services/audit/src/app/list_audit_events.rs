//! Listing an organization's trail.

use entente_ids::OrganizationId;
use entente_paging::Page;
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
    /// Which page of them.
    pub page: Page<Position>,
}

/// Lists events of an organization's trail, newest first, with the token of the next page.
///
/// # Errors
/// When the database fails.
pub async fn list_audit_events(
    database: &Database,
    command: ListAuditEvents,
) -> Result<(Vec<Event>, String), Error> {
    let ListAuditEvents {
        organization,
        filter,
        page,
    } = command;
    let mut tx = database
        .tenant("audit.list_audit_events", organization.uuid())
        .await?;
    let links = store::event::list(&mut tx, organization, &filter, page.after(), page.limit()).await?;
    tx.commit().await?;
    let events = links.into_iter().map(|link| link.event).collect();
    Ok(page.cut(events, |last: &Event| (last.time, last.id)))
}
