//! What the audit trail says.

use reqwest::Method;
use serde_json::Value;

use super::{Person, eventually};

/// What happened to something, as an organization sees it, the oldest first.
pub async fn trail(reader: &Person, resource: &str) -> Vec<Value> {
    let path = format!(
        "/v1/organizations/{}/auditEvents?pageSize=200&resource={resource}",
        reader.organization
    );
    let listed = reader.persist(Method::GET, &path, None).await.ok();
    let mut events = listed["events"].as_array().cloned().unwrap_or_default();
    events.reverse();
    events
}

/// Waits until exactly this has happened to something: type, actor, and on whose behalf. Gives the events.
pub async fn trail_is(reader: &Person, resource: &str, expected: &[(&str, &str, &str)]) -> Vec<Value> {
    eventually(&format!("the trail of {resource}: {expected:#?}"), async || {
        let events = trail(reader, resource).await;
        let text = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let seen: Vec<_> = events
            .iter()
            .map(|event| {
                (
                    text(event, "type"),
                    text(event, "actor"),
                    text(event, "onBehalfOf"),
                )
            })
            .collect();
        let seen_as: Vec<_> = seen
            .iter()
            .map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str()))
            .collect();
        if seen_as == expected {
            Ok(events)
        } else {
            Err(seen)
        }
    })
    .await
}

/// A field before and after; null where there was or is none.
pub fn change(event: &Value, field: &str) -> (Value, Value) {
    let changes = event["changes"].as_array().unwrap();
    let found = changes.iter().find(|change| change["field"] == field);
    let found = found.unwrap_or_else(|| panic!("{field} did not change: {event:#}"));
    (found["before"].clone(), found["after"].clone())
}
