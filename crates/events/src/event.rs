//! What a service announces.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that happened to one aggregate.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The event's own id, unique for good: a consumer may key what it sends out of the house by it.
    pub id: String,
    /// Where it is announced; its service is the event's source.
    pub topic: Topic,
    /// The full name of the payload's message, as `entente.partners.events.v1.MandateInvited`.
    pub kind: String,
    /// The id of the aggregate. An aggregate belongs to one topic, and its events keep their order.
    pub key: String,
    /// When it happened.
    pub time: Timestamp,
    /// Who did it.
    pub actor: String,
    /// Whom the actor stood in for.
    pub on_behalf_of: Option<String>,
    /// Every organization that it concerns: each of them finds it in its trail.
    pub organizations: Vec<String>,
    /// What it was done to.
    pub resource: String,
    /// The request that caused it.
    pub request_id: Option<String>,
    /// What differs since.
    pub changes: Vec<Change>,
    /// The W3C trace context of the cause. [`crate::Outbox::append`] fills it from the current span where it is absent.
    pub traceparent: Option<String>,
    /// The protobuf message. It carries no secret and no link.
    pub payload: Vec<u8>,
}

/// The difference in one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field, as the contract names it.
    pub field: String,
    /// Its value before; absent where the field is new.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "present"
    )]
    pub before: Option<Value>,
    /// Its value since; absent where the field is gone.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "present"
    )]
    pub after: Option<Value>,
}

/// Keeps a JSON null that is there apart from a value that is absent.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// The name of a topic: `entente.<service>.<aggregate>.v1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic {
    name: String,
    service: String,
}

/// A name that no topic can have.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} names no topic: use entente.<service>.<aggregate>.v1 in lower case letters, digits and _")]
pub struct InvalidTopic(String);

impl Topic {
    /// The topic of a service's aggregate.
    ///
    /// # Errors
    /// [`InvalidTopic`] where a part isn't of lower case letters, digits and `_`.
    pub fn new(service: &str, aggregate: &str) -> Result<Self, InvalidTopic> {
        let name = format!("entente.{service}.{aggregate}.v1");
        if !is_word(service) || !is_word(aggregate) {
            return Err(InvalidTopic(name));
        }
        Ok(Self {
            name,
            service: service.to_owned(),
        })
    }

    /// Reads a topic's name.
    ///
    /// # Errors
    /// [`InvalidTopic`] where it isn't `entente.<service>.<aggregate>.v1`.
    pub fn parse(name: &str) -> Result<Self, InvalidTopic> {
        let parts: Vec<&str> = name.split('.').collect();
        let ["entente", service, aggregate, "v1"] = parts.as_slice() else {
            return Err(InvalidTopic(name.to_owned()));
        };
        Self::new(service, aggregate)
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The service that announces here.
    pub fn service(&self) -> &str {
        &self.service
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

fn is_word(part: &str) -> bool {
    !part.is_empty()
        && part.len() <= 60
        && part
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_reads_back_as_it_was_written() {
        let topic = Topic::new("partners", "mandate").unwrap();
        assert_eq!(topic.as_str(), "entente.partners.mandate.v1");
        assert_eq!(topic.service(), "partners");
        assert_eq!(Topic::parse("entente.partners.mandate.v1").unwrap(), topic);
    }

    #[test]
    fn a_name_of_another_shape_is_no_topic() {
        for name in [
            "",
            "entente.partners.v1",
            "entente.Partners.mandate.v1",
            "x.partners.mandate.v1",
            "entente..m.v1",
        ] {
            assert!(Topic::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_change_to_null_is_not_a_change_to_nothing() {
        let change = Change {
            field: "end".into(),
            before: None,
            after: Some(Value::Null),
        };
        let text = serde_json::to_string(&change).unwrap();
        assert_eq!(text, r#"{"field":"end","after":null}"#);
        assert_eq!(serde_json::from_str::<Change>(&text).unwrap(), change);
    }
}
