//! Announcing what a use case changed.

use entente_access::Access;
use entente_events::{AppendError, Change, Event, Topic};
use entente_ids::{EventId, OrganizationId};
use prost::Message;
use serde_json::Value;
use sqlx::PgConnection;

use crate::Context;

/// Who did something, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// A user's id, or `service:` and a name.
    pub actor: String,
    /// The organization that the actor acts in, where it isn't the one acted upon.
    pub on_behalf_of: Option<String>,
}

impl Actor {
    /// A service, doing something by itself.
    pub fn service(name: &str) -> Self {
        Self {
            actor: format!("service:{name}"),
            on_behalf_of: None,
        }
    }
}

impl From<&Access> for Actor {
    fn from(access: &Access) -> Self {
        Self {
            actor: access.actor(),
            on_behalf_of: access.on_behalf_of().map(|organization| organization.to_string()),
        }
    }
}

/// What is announced.
#[derive(Debug)]
pub struct Announcement<'a, M> {
    /// What happened, for example `product.created`.
    pub kind: &'static str,
    /// The aggregate that it happened to; its events keep their order.
    pub key: String,
    /// Every organization that it concerns: each of them finds it in its trail.
    pub organizations: &'a [OrganizationId],
    /// What differs since; see [`changes`].
    pub changes: Vec<Change>,
    /// The message of `proto/entente/<service>/events/v1`, without secrets and links.
    pub payload: M,
}

impl Context {
    /// Announces something in the caller's transaction; wake the outbox after the commit.
    ///
    /// # Errors
    /// See [`AppendError`]; the transaction must be rolled back on any.
    pub async fn announce<M: Message>(
        &self,
        tx: &mut PgConnection,
        topic: &Topic,
        actor: &Actor,
        announcement: Announcement<'_, M>,
    ) -> Result<(), AppendError> {
        let now = self.clock.now();
        let event = Event {
            id: EventId::new(now, self.random_bytes()).to_string(),
            topic: topic.clone(),
            kind: announcement.kind.to_owned(),
            resource: announcement.key.clone(),
            key: announcement.key,
            time: now,
            actor: actor.actor.clone(),
            on_behalf_of: actor.on_behalf_of.clone(),
            organizations: announcement
                .organizations
                .iter()
                .map(ToString::to_string)
                .collect(),
            request_id: entente_runtime::context::request_id(),
            changes: announcement.changes,
            traceparent: None,
            payload: announcement.payload.encode_to_vec(),
        };
        self.outbox.append(tx, &event).await.map(drop)
    }
}

/// The fields that differ between two states of a record; `None` before it was there and after it is gone.
///
/// Each state lists its fields in the same order, as the contract names them, without secrets.
pub fn changes(before: Option<Vec<(&str, Value)>>, after: Option<Vec<(&str, Value)>>) -> Vec<Change> {
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    let value = |fields: &[(&str, Value)], name: &str| {
        fields
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| value.clone())
    };
    let mut names: Vec<&str> = before.iter().chain(&after).map(|(name, _)| *name).collect();
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    names
        .into_iter()
        .map(|name| Change {
            field: name.to_owned(),
            before: value(&before, name),
            after: value(&after, name),
        })
        .filter(|change| change.before != change.after)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_a_change() {
        let before = vec![("role", json!("member")), ("state", json!("active"))];
        let after = vec![("role", json!("admin")), ("state", json!("active"))];
        let found = changes(Some(before), Some(after));
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].field.as_str(), &found[0].after),
            ("role", &Some(json!("admin")))
        );
    }

    #[test]
    fn a_new_record_has_only_values_after() {
        let found = changes(None, Some(vec![("role", json!("member"))]));
        assert_eq!(
            (&found[0].before, &found[0].after),
            (&None, &Some(json!("member")))
        );
    }
}
