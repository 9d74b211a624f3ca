//! What of a trail is asked for.

use entente_ids::EventId;
use jiff::Timestamp;

/// Which events to list. Absent means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this type.
    pub kind: Option<String>,
    /// Only by this actor.
    pub actor: Option<String>,
    /// Only on this resource.
    pub resource: Option<String>,
    /// Not before this time.
    pub start: Option<Timestamp>,
    /// Before this time.
    pub end: Option<Timestamp>,
}

/// A place in a trail: when the event there happened, and its id, which tells apart those of the same time.
pub type Position = (Timestamp, EventId);
