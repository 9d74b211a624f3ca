//! What the log brought, before anything is known of it.

use super::cursor::Line;
use crate::envelope::{self, Malformed, Received};
use crate::hash;
use crate::log::Delivered;

/// A delivery with its place among the events of its key.
pub(super) struct Incoming<'a> {
    pub(super) delivered: &'a Delivered,
    pub(super) line: Line,
    pub(super) sequence: i64,
    pub(super) event: Result<Received, Malformed>,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(delivered: &'a Delivered) -> Self {
        let topic = delivered.topic.clone();
        let (key, sequence) = match (&delivered.key, envelope::sequence(&delivered.headers)) {
            (Some(key), Ok(sequence)) => (key.clone(), sequence),
            // It has no place of its own, so it gets one that nothing else has, and can be parked and skipped there.
            (_, Err(_)) | (None, Ok(_)) => (format!("{}@{}", delivered.partition, delivered.offset), 1),
        };
        Self {
            line: (topic, key),
            sequence,
            event: envelope::received(delivered),
            delivered,
        }
    }

    pub(super) fn lane(&self, count: u32) -> u32 {
        hash::place(&self.line.1, count)
    }
}
