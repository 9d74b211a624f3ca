//! What the audit trail tells of one thing, step by step.

use jiff::Timestamp;
use serde_json::Value;

use super::{Person, eventually, trail};

/// What has happened to something until now, as one organization reads it. What billing says, and denials, which are told
/// by the minute, are left out.
#[derive(Debug)]
pub struct History<'a> {
    reader: &'a Person,
    resource: String,
    steps: Vec<Step>,
    last: Timestamp,
}

/// What happened, by whom, and on whose behalf.
type Step = (String, String, String);

impl<'a> History<'a> {
    pub fn new(reader: &'a Person, resource: &str) -> Self {
        Self {
            reader,
            resource: resource.to_owned(),
            steps: Vec::new(),
            last: Timestamp::MIN,
        }
    }

    /// Waits until this has happened next, by one of its own people. Gives the event.
    pub async fn goes_on(&mut self, kind: &str, actor: &Person) -> Value {
        self.is_added(kind, &actor.id, "").await
    }

    /// The same, by somebody who acts for another organization.
    pub async fn goes_on_for(&mut self, kind: &str, actor: &Person, organization: &str) -> Value {
        self.is_added(kind, &actor.id, organization).await
    }

    async fn is_added(&mut self, kind: &str, actor: &str, on_behalf_of: &str) -> Value {
        self.steps
            .push((kind.to_owned(), actor.to_owned(), on_behalf_of.to_owned()));
        let what = format!("the history of {}: {:#?}", self.resource, self.steps);
        let event = eventually(&what, async || {
            let events = self.read().await;
            let seen: Vec<_> = events.iter().map(step).collect();
            let event = events.get(self.steps.len() - 1).cloned();
            event.filter(|_| seen.starts_with(&self.steps)).ok_or(seen)
        })
        .await;
        let time: Timestamp = event["time"].as_str().unwrap().parse().unwrap();
        assert!(self.last <= time && time <= now(), "{event:#}");
        self.last = time;
        event
    }

    /// Nothing else has happened.
    pub async fn is_all(&self) {
        let seen: Vec<_> = self.read().await.iter().map(step).collect();
        assert_eq!(seen, self.steps);
    }

    async fn read(&self) -> Vec<Value> {
        let mut events = trail(self.reader, &self.resource).await;
        events.retain(|event| {
            let kind = event["type"].as_str().unwrap_or_default();
            kind != "access.denied" && !kind.starts_with("billing_account.")
        });
        events
    }
}

fn step(event: &Value) -> Step {
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    (text("type"), text("actor"), text("onBehalfOf"))
}

/// The present time.
pub fn now() -> Timestamp {
    entente_runtime::clock::SystemClock::shared().now()
}
