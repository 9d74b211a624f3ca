//! Notes what somebody is to be told of. In the consumer's transaction nothing leaves the house and nobody is asked:
//! the dispatcher does that.

use std::str::FromStr as _;

use async_trait::async_trait;
use entente_events::{Event, EventHandler, HandlerError, Received};
use entente_runtime::clock::SharedClock;
use entente_runtime::telemetry;
use sqlx::PgConnection;

use super::read;
use crate::domain::kind::Kind;
use crate::store::intent::{self, NewIntent};

/// The effect of the group: an intent for each event that somebody is to be told of.
pub struct Listener {
    clock: SharedClock,
}

impl Listener {
    /// Notes intents as of this clock.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock }
    }
}

#[async_trait]
impl EventHandler for Listener {
    fn uses(&self, kind: &str) -> bool {
        Kind::from_str(kind).is_ok()
    }

    async fn handle(&self, transaction: &mut PgConnection, event: &Received) -> Result<(), HandlerError> {
        let Event {
            id,
            kind,
            time,
            request_id,
            traceparent,
            payload,
            ..
        } = &event.event;
        let Ok(kind) = Kind::from_str(kind) else {
            return Ok(());
        };
        // What can't be read now can't be read later either: it is parked here, where an operator finds it.
        read(kind, payload).map_err(HandlerError::permanent)?;
        let traceparent = telemetry::traceparent().or_else(|| traceparent.clone());
        let intent = NewIntent {
            event: id,
            kind,
            occurred_at: *time,
            payload,
            request_id: request_id.as_deref(),
            traceparent: traceparent.as_deref(),
        };
        intent::add(transaction, &intent, self.clock.now()).await?;
        Ok(())
    }
}
