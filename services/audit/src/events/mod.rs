//! What audit hears: everything.

use std::collections::BTreeSet;

use async_trait::async_trait;
use entente_events::{EventHandler, HandlerError, Received};
use entente_ids::{OrganizationId, ParseIdError};
use sqlx::PgConnection;

use crate::app::record_event::record_event;
use crate::domain::event::{Event, stored_time, trace_id};
use crate::error::Error;

/// Every topic.
pub const TOPICS: [&str; 14] = [
    "entente.identity.organization.v1",
    "entente.identity.member.v1",
    "entente.identity.account.v1",
    "entente.identity.session.v1",
    "entente.identity.access.v1",
    "entente.identity.role.v1",
    "entente.identity.group.v1",
    "entente.identity.service_account.v1",
    "entente.identity.encryption_key.v1",
    "entente.identity.credential.v1",
    "entente.partners.product.v1",
    "entente.partners.invitation.v1",
    "entente.partners.partnership.v1",
    "entente.billing.account.v1",
];

/// Records each event in the trails of those that it concerns. The envelope has all that it needs.
#[derive(Debug)]
pub struct Recorder;

#[async_trait]
impl EventHandler for Recorder {
    async fn handle(&self, transaction: &mut PgConnection, received: &Received) -> Result<(), HandlerError> {
        let event = event(received)?;
        let organizations = organizations(&event)?;
        record_event(transaction, &event, &organizations)
            .await
            .map_err(failed)
    }
}

fn event(received: &Received) -> Result<Event, HandlerError> {
    let event = &received.event;
    Ok(Event {
        id: event.id.parse().map_err(HandlerError::permanent)?,
        kind: event.kind.clone(),
        time: stored_time(event.time),
        actor: event.actor.clone(),
        on_behalf_of: event.on_behalf_of.clone(),
        resource: event.resource.clone(),
        organizations: event.organizations.clone(),
        changes: serde_json::to_string(&event.changes).map_err(HandlerError::permanent)?,
        trace: event.traceparent.as_deref().and_then(trace_id).map(str::to_owned),
        request: event.request_id.clone(),
    })
}

/// Whose trails it goes to. One that isn't known by its id would lose the event, so the event is parked instead.
fn organizations(event: &Event) -> Result<BTreeSet<OrganizationId>, HandlerError> {
    let ids: Result<_, ParseIdError> = event.organizations.iter().map(|id| id.parse()).collect();
    ids.map_err(HandlerError::permanent)
}

fn failed(error: Error) -> HandlerError {
    match error {
        Error::Database(entente_pg::Error::Unavailable(_) | entente_pg::Error::Conflict(_)) => {
            HandlerError::transient(error)
        }
        Error::Database(entente_pg::Error::Query(_) | entente_pg::Error::Url(_))
        | Error::Corrupt(_)
        | Error::NotFound => HandlerError::permanent(error),
    }
}
