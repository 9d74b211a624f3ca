//! What of a trail is asked for.

use entente_ids::EventId;
use jiff::Timestamp;

/// The most events on a page.
pub const MOST: u16 = 200;
/// The events on a page where the caller doesn't say.
pub const USUAL: u16 = 50;

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

/// A place in a trail: events at the same time are told apart by their id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// When the event happened.
    pub time: Timestamp,
    /// Its id.
    pub id: EventId,
}
