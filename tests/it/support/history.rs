//! What the audit trail tells of one thing, step by step.

use jiff::Timestamp;
use serde_json::Value;

use super::{Person, eventually, trail};

/// All that has happened to something until now, as one organization reads it. Denials are told by the minute, and are
/// left out.
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

    /// Waits until this has happened as well, by one of its own people, and nothing else. Gives the event.
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
            let mut events = trail(self.reader, &self.resource).await;
            events.retain(|event| event["type"] != "access.denied");
            let seen: Vec<_> = events.iter().map(step).collect();
            let last = events.pop().filter(|_| seen == self.steps);
            last.ok_or(seen)
        })
        .await;
        let time: Timestamp = event["time"].as_str().unwrap().parse().unwrap();
        assert!(self.last <= time && time <= now(), "{event:#}");
        self.last = time;
        event
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
