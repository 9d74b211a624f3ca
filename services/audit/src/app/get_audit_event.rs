//! Reading one event.

use entente_ids::{EventId, OrganizationId};
use entente_pg::Database;

use crate::domain::event::Event;
use crate::error::Error;
use crate::store;

/// Reads one event of an organization's trail.
///
/// # Errors
/// [`Error::NotFound`] when it isn't in that trail, or when the database fails.
pub async fn get_audit_event(
    database: &Database,
    organization: OrganizationId,
    event: EventId,
) -> Result<Event, Error> {
    let mut tx = database
        .tenant("audit.get_audit_event", organization.uuid())
        .await?;
    let found = store::event::find(&mut tx, organization, event).await?;
    tx.commit().await?;
    Ok(found.ok_or(Error::NotFound)?.event)
}
