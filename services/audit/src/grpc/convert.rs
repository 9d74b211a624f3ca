//! From the contract to the domain and back.

use entente_contracts::audit::v1::{AuditEvent, Change, GetAuditEventRequest, ListAuditEventsRequest};
use entente_contracts::{Violations, instant, timestamp};
use entente_ids::{EventId, Id, Kind, OrganizationId};
use entente_paging::{ForeignToken, Page};
use jiff::Timestamp;
use tonic::Status;

use super::json;
use crate::app::list_audit_events::ListAuditEvents;
use crate::domain::event::Event;
use crate::domain::search::{Filter, Position};
use crate::error::Error;

/// Reads a request to list.
///
/// # Errors
/// INVALID_ARGUMENT, naming each field that is wrong.
pub fn list(request: &ListAuditEventsRequest) -> Result<ListAuditEvents, Status> {
    let mut violations = Violations::default();
    let organization: Option<OrganizationId> = id(&mut violations, "organization", &request.organization);
    let filter = Filter {
        kind: given(&request.r#type),
        actor: given(&request.actor),
        resource: given(&request.resource),
        start: time(&mut violations, "start_time", request.start_time.as_ref()),
        end: time(&mut violations, "end_time", request.end_time.as_ref()),
    };
    if filter
        .start
        .zip(filter.end)
        .is_some_and(|(start, end)| end <= start)
    {
        violations.add("end_time", "is not after start_time: give a later one");
    }
    let page = page(request, &filter)
        .map_err(|foreign| violations.add("page_token", foreign.to_string()))
        .ok();
    violations.into_result()?;
    Ok(ListAuditEvents {
        organization: known(organization)?,
        filter,
        page: known(page)?,
    })
}

/// Reads a request for one event.
///
/// # Errors
/// INVALID_ARGUMENT, naming each field that is wrong.
pub fn get(request: &GetAuditEventRequest) -> Result<(OrganizationId, EventId), Status> {
    let mut violations = Violations::default();
    let organization = id(&mut violations, "organization", &request.organization);
    let event = id(&mut violations, "event", &request.event);
    violations.into_result()?;
    Ok((known(organization)?, known(event)?))
}

/// Writes an event.
///
/// # Errors
/// INTERNAL when its stored changes can't be read.
pub fn event(event: Event) -> Result<AuditEvent, Status> {
    let changes: Vec<entente_events::Change> =
        serde_json::from_str(&event.changes).map_err(|_| Error::Corrupt("event.changes"))?;
    let changes = changes.into_iter().map(|change| Change {
        field: change.field,
        before: change.before.map(json::value),
        after: change.after.map(json::value),
    });
    Ok(AuditEvent {
        id: event.id.to_string(),
        r#type: event.kind,
        time: Some(timestamp(event.time)),
        actor: event.actor,
        on_behalf_of: event.on_behalf_of.unwrap_or_default(),
        resource: event.resource,
        organizations: event.organizations,
        changes: changes.collect(),
        trace: event.trace.unwrap_or_default(),
        request: event.request.unwrap_or_default(),
    })
}

fn id<K: Kind>(violations: &mut Violations, field: &str, text: &str) -> Option<Id<K>> {
    text.parse()
        .map_err(|error: entente_ids::ParseIdError| violations.add(field, error.to_string()))
        .ok()
}

/// What is absent was added to the violations, and those have been answered with.
fn known<T>(value: Option<T>) -> Result<T, Status> {
    value.ok_or_else(|| {
        entente_runtime::status::internal(anyhow::anyhow!("a field was neither read nor refused"))
    })
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn page(request: &ListAuditEventsRequest, filter: &Filter) -> Result<Page<Position>, ForeignToken> {
    let text = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    let list = [
        "ListAuditEvents",
        &request.organization,
        &request.r#type,
        &request.actor,
        &request.resource,
        &text(filter.start),
        &text(filter.end),
    ];
    Page::read(request.page_size, &request.page_token, &list)
}

fn time(
    violations: &mut Violations,
    field: &str,
    time: Option<&prost_types::Timestamp>,
) -> Option<Timestamp> {
    let read = instant(time?);
    if read.is_none() {
        violations.add(field, "is no time from the year 1 to 9999: give one in between");
    }
    read
}
