//! Recording what happened.

use std::collections::BTreeSet;

use entente_ids::OrganizationId;
use sqlx::PgConnection;

use crate::domain::chain::Link;
use crate::domain::event::Event;
use crate::error::Error;
use crate::store;

/// Adds an event to the trail of each organization that it concerns, in the caller's transaction.
///
/// # Errors
/// When the database fails.
pub async fn record_event(
    conn: &mut PgConnection,
    event: &Event,
    organizations: &BTreeSet<OrganizationId>,
) -> Result<(), Error> {
    let mut concerned: Vec<_> = organizations.iter().copied().map(Some).collect();
    if concerned.is_empty() {
        concerned.push(None);
    }
    let heads = store::chain::lock(conn, &concerned).await?;
    let links: Vec<Link> = heads
        .into_iter()
        .map(|(organization, head)| head.link(organization, event.clone()))
        .collect();
    store::chain::add(conn, event, &links).await
}
