//! The event as it travels: CloudEvents in binary mode, the same headers on both logs.
//!
//! <https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/kafka-protocol-binding.md>

use crate::event::{Event, Topic};
use crate::log::{Delivered, Header};

const SPEC_VERSION: &str = "ce_specversion";
const ID: &str = "ce_id";
const SOURCE: &str = "ce_source";
const KIND: &str = "ce_type";
const SUBJECT: &str = "ce_subject";
const TIME: &str = "ce_time";
const SEQUENCE: &str = "ce_sequence";
const ACTOR: &str = "ce_actor";
const ON_BEHALF_OF: &str = "ce_onbehalfof";
const ORGANIZATIONS: &str = "ce_organizations";
const RESOURCE: &str = "ce_resource";
const REQUEST_ID: &str = "ce_requestid";
const CHANGES: &str = "ce_changes";
const TRACEPARENT: &str = "traceparent";
const CONTENT_TYPE: &str = "content-type";

/// An event as a consumer gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// What was announced.
    pub event: Event,
    /// Its place among the events of its key: 1, 2, 3 …
    pub sequence: i64,
}

/// A message on a topic that isn't an event of ours.
#[derive(Debug, thiserror::Error)]
#[error("the message is no event: {header} {problem}; skip it, or mend its producer and send it again")]
pub struct Malformed {
    header: &'static str,
    problem: &'static str,
}

/// The headers of an event, but for its sequence, which only the insert knows.
pub(crate) fn headers(event: &Event) -> Result<Vec<Header>, serde_json::Error> {
    let mut headers = vec![
        header(SPEC_VERSION, "1.0"),
        header(ID, &event.id),
        header(SOURCE, event.topic.service()),
        header(KIND, &event.kind),
        header(SUBJECT, &event.key),
        header(TIME, event.time.to_string()),
        header(ACTOR, &event.actor),
        header(ORGANIZATIONS, event.organizations.join(",")),
        header(RESOURCE, &event.resource),
        header(CONTENT_TYPE, "application/protobuf"),
    ];
    if let Some(on_behalf_of) = &event.on_behalf_of {
        headers.push(header(ON_BEHALF_OF, on_behalf_of));
    }
    if let Some(request_id) = &event.request_id {
        headers.push(header(REQUEST_ID, request_id));
    }
    if !event.changes.is_empty() {
        headers.push(header(CHANGES, serde_json::to_string(&event.changes)?));
    }
    if let Some(traceparent) = &event.traceparent {
        headers.push(header(TRACEPARENT, traceparent));
    }
    Ok(headers)
}

pub(crate) fn sequence_header(sequence: i64) -> Header {
    header(SEQUENCE, sequence.to_string())
}

pub(crate) fn traceparent(headers: &[Header]) -> Option<&str> {
    find(headers, TRACEPARENT)
}

pub(crate) fn id(headers: &[Header]) -> Option<&str> {
    find(headers, ID)
}

pub(crate) fn kind(headers: &[Header]) -> Option<&str> {
    find(headers, KIND)
}

/// The sequence alone: enough to keep a message's place among its key where the rest can't be read.
pub(crate) fn sequence(headers: &[Header]) -> Result<i64, Malformed> {
    let sequence = required(headers, SEQUENCE)?;
    match sequence.parse::<i64>() {
        Ok(sequence) if sequence > 0 => Ok(sequence),
        Ok(_) | Err(_) => Err(Malformed {
            header: SEQUENCE,
            problem: "is not a positive number",
        }),
    }
}

pub(crate) fn received(delivered: &Delivered) -> Result<Received, Malformed> {
    let headers = &delivered.headers;
    let sequence = sequence(headers)?;
    let topic = Topic::parse(&delivered.topic).map_err(|_| Malformed {
        header: SOURCE,
        problem: "stands on a topic that no service owns",
    })?;
    let time = required(headers, TIME)?.parse().map_err(|_| Malformed {
        header: TIME,
        problem: "is not a time of RFC 3339",
    })?;
    let changes = match find(headers, CHANGES) {
        None => Vec::new(),
        Some(changes) => serde_json::from_str(changes).map_err(|_| Malformed {
            header: CHANGES,
            problem: "is not a JSON list of changes",
        })?,
    };
    let organizations = find(headers, ORGANIZATIONS).unwrap_or_default();
    let event = Event {
        id: required(headers, ID)?.to_owned(),
        topic,
        kind: required(headers, KIND)?.to_owned(),
        key: required(headers, SUBJECT)?.to_owned(),
        time,
        actor: required(headers, ACTOR)?.to_owned(),
        on_behalf_of: find(headers, ON_BEHALF_OF).map(str::to_owned),
        organizations: organizations
            .split(',')
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect(),
        resource: required(headers, RESOURCE)?.to_owned(),
        request_id: find(headers, REQUEST_ID).map(str::to_owned),
        changes,
        traceparent: find(headers, TRACEPARENT).map(str::to_owned),
        payload: delivered.payload.clone(),
    };
    if delivered.key.as_deref() != Some(event.key.as_str()) {
        return Err(Malformed {
            header: SUBJECT,
            problem: "differs from the message's key",
        });
    }
    Ok(Received { event, sequence })
}

fn header(name: &str, value: impl Into<String>) -> Header {
    (name.to_owned(), value.into())
}

fn find<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

fn required<'a>(headers: &'a [Header], name: &'static str) -> Result<&'a str, Malformed> {
    find(headers, name).ok_or(Malformed {
        header: name,
        problem: "is missing",
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Change;

    fn event() -> Event {
        Event {
            id: "evt_1".into(),
            topic: Topic::new("partners", "mandate").unwrap(),
            kind: "entente.partners.events.v1.MandateInvited".into(),
            key: "mdt_1".into(),
            time: "2024-05-01T10:00:00.123456Z".parse().unwrap(),
            actor: "usr_1".into(),
            on_behalf_of: Some("org_9".into()),
            organizations: vec!["org_1".into(), "org_2".into()],
            resource: "mandates/mdt_1".into(),
            request_id: Some("r-1".into()),
            changes: vec![Change {
                field: "état".into(),
                before: None,
                after: Some(json!("invited, really")),
            }],
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            payload: vec![1, 2, 3],
        }
    }

    fn delivered(event: &Event) -> Delivered {
        let mut headers = headers(event).unwrap();
        headers.push(sequence_header(7));
        Delivered {
            topic: event.topic.to_string(),
            partition: 0,
            offset: 0,
            key: Some(event.key.clone()),
            headers,
            payload: event.payload.clone(),
        }
    }

    #[test]
    fn an_event_arrives_as_it_was_sent() {
        let event = event();
        assert_eq!(
            received(&delivered(&event)).unwrap(),
            Received { event, sequence: 7 }
        );
    }

    #[test]
    fn what_is_optional_may_be_absent() {
        let event = Event {
            on_behalf_of: None,
            organizations: Vec::new(),
            request_id: None,
            changes: Vec::new(),
            traceparent: None,
            ..event()
        };
        assert_eq!(received(&delivered(&event)).unwrap().event, event);
    }

    #[test]
    fn a_message_without_a_required_header_is_named() {
        for name in [ID, KIND, SUBJECT, TIME, SEQUENCE, ACTOR, RESOURCE] {
            let mut delivered = delivered(&event());
            delivered.headers.retain(|(known, _)| known != name);
            assert!(
                received(&delivered).unwrap_err().to_string().contains(name),
                "{name}"
            );
        }
    }
}
