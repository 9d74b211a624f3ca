//! Something that happened.

use entente_ids::EventId;
use jiff::Timestamp;

/// An event as the trail keeps it: the envelope, without the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id on the event log.
    pub id: EventId,
    /// What happened, for example `product.created`.
    pub kind: String,
    /// When, to the microsecond.
    pub time: Timestamp,
    /// Who did it: a user's id, or `service:` and a name.
    pub actor: String,
    /// On behalf of which organization, where it is not the one acted upon.
    pub on_behalf_of: Option<String>,
    /// What it was done to.
    pub resource: String,
    /// All organizations that it concerns, in the order of the envelope.
    pub organizations: Vec<String>,
    /// What it changed: a JSON list, exactly as it is stored, since the hash is over this text.
    pub changes: String,
    /// The W3C trace id.
    pub trace: Option<String>,
    /// The id of the request that caused it.
    pub request: Option<String>,
}

/// A time as it is stored: to the microsecond, so that it hashes to the same before and after.
pub fn stored_time(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

/// The trace id of a `traceparent` (<https://www.w3.org/TR/trace-context/#traceparent-header>), if it is a valid one.
pub fn trace_id(traceparent: &str) -> Option<&str> {
    let id = traceparent.split('-').nth(1)?;
    let is_hex = id
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    (id.len() == 32 && is_hex && id.bytes().any(|byte| byte != b'0')).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_is_taken_from_a_valid_traceparent_alone() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(trace_id(&format!("00-{id}-b7ad6b7169203331-01")), Some(id));
        for wrong in [
            "",
            "00",
            "00-xyz-1-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        ] {
            assert_eq!(trace_id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_is_kept_to_the_microsecond() {
        let time: Timestamp = "2024-05-01T10:00:00.123456789Z".parse().unwrap();
        assert_eq!(stored_time(time).to_string(), "2024-05-01T10:00:00.123456Z");
    }
}
