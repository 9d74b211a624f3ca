//! The effects of events: the call of the handler, what is told of it, and how it may fail.

use std::panic::AssertUnwindSafe;

use entente_runtime::telemetry::names;
use futures::FutureExt;
use sqlx::PgConnection;
use tracing::{Instrument, Span, info_span};

use super::apply::Applier;
use super::handler::{BoxError, HandlerError, ManyEvents};
use super::incoming::Incoming;
use crate::envelope::Received;
use crate::{sql, trace};

/// Why a transaction was not committed.
pub(super) enum Failure {
    /// It may pass.
    Passing(BoxError),
    /// An event in it fails for good; applied one by one it will show which.
    Permanent(BoxError),
}

/// What one transaction did.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) applied: u64,
    pub(super) unused: u64,
    pub(super) seen: u64,
    pub(super) parked: u64,
    pub(super) freed: bool,
}

impl Applier {
    /// The effects of the events that are due, in their order.
    pub(super) async fn handle_all(
        &self,
        transaction: &mut PgConnection,
        due: &[&Incoming<'_>],
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        if due.len() > 1
            && let Some(many) = self.handler.many()
        {
            return self.handle_many(many, transaction, due, tally).await;
        }
        for event in due {
            self.handle(transaction, event, tally).await?;
        }
        Ok(())
    }

    async fn handle_many(
        &self,
        many: &dyn ManyEvents,
        transaction: &mut PgConnection,
        due: &[&Incoming<'_>],
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let mut used = Vec::with_capacity(due.len());
        let mut spans = Vec::new();
        for event in due {
            let received = event.event.as_ref().map_err(HandlerError::from)?;
            if !self.handler.uses(&received.event.kind) {
                continue;
            }
            if trace::is_sampled(received.event.traceparent.as_deref()) {
                spans.push(self.span(event, received));
            }
            used.push(received);
        }
        if !used.is_empty() {
            caught(many.handle_many(transaction, &used)).await?;
        }
        tally.applied += count(used.len());
        tally.unused += count(due.len() - used.len());
        Ok(())
    }

    pub(super) async fn handle(
        &self,
        transaction: &mut PgConnection,
        event: &Incoming<'_>,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let received = event.event.as_ref().map_err(HandlerError::from)?;
        if !self.handler.uses(&received.event.kind) {
            tally.unused += 1;
            return Ok(());
        }
        let handling = self.handler.handle(transaction, received);
        caught(handling).instrument(self.span(event, received)).await?;
        tally.applied += 1;
        Ok(())
    }

    /// The span of the effect, a child of what caused the event.
    fn span(&self, incoming: &Incoming<'_>, received: &Received) -> Span {
        let event = &received.event;
        let span = info_span!(
            "process",
            otel.name = format!("process {}", event.topic),
            otel.kind = "consumer",
            { names::MESSAGING_SYSTEM } = self.system,
            { names::MESSAGING_OPERATION_NAME } = "process",
            { names::MESSAGING_OPERATION_TYPE } = "process",
            { names::MESSAGING_DESTINATION_NAME } = event.topic.as_str(),
            { names::MESSAGING_DESTINATION_PARTITION_ID } = incoming.delivered.partition,
            { names::MESSAGING_CONSUMER_GROUP_NAME } = self.group,
            { names::MESSAGING_MESSAGE_ID } = event.id,
        );
        trace::follow(&span, event.traceparent.as_deref());
        span
    }
}

/// A panic is a failure for good: the event that causes it will cause it again.
async fn caught<T>(handling: impl Future<Output = Result<T, HandlerError>>) -> Result<T, Failure> {
    match AssertUnwindSafe(handling).catch_unwind().await {
        Ok(handled) => Ok(handled?),
        Err(_) => Err(Failure::Permanent(
            "the handler panicked; mend it, then replay".into(),
        )),
    }
}

fn count(events: usize) -> u64 {
    u64::try_from(events).unwrap_or(u64::MAX)
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if sql::is_passing(&error) {
            Self::Passing(error.into())
        } else {
            Self::Permanent(error.into())
        }
    }
}

impl From<HandlerError> for Failure {
    fn from(error: HandlerError) -> Self {
        match error {
            HandlerError::Transient(error) => Self::Passing(error),
            HandlerError::Permanent(error) => Self::Permanent(error),
        }
    }
}
