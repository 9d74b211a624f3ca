//! What a service does with an event.

use async_trait::async_trait;
use sqlx::PgConnection;

use crate::envelope::{Malformed, Received};
use crate::sql;

/// Any error, to be told to people.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The effects of one group.
#[async_trait]
pub trait EventHandler: Send + Sync + 'static {
    /// Whether the group has a use for events of this type. The others are passed over, in their order.
    fn uses(&self, kind: &str) -> bool {
        let _ = kind;
        true
    }

    /// Writes the effect of one event through `transaction`, which commits together with the group's cursor, maybe
    /// with other events' effects. It does nothing else: it may be called again for the same event until that
    /// commit. A panic counts as [`HandlerError::Permanent`].
    async fn handle(&self, transaction: &mut PgConnection, event: &Received) -> Result<(), HandlerError>;

    /// Where one statement can write the effects of many events: what does so. For groups that hear much.
    fn many(&self) -> Option<&dyn ManyEvents> {
        None
    }
}

/// The effects of a group, many at once.
#[async_trait]
pub trait ManyEvents: Send + Sync {
    /// Writes the effects of all these events, as [`EventHandler::handle`] would one after the other. Where it fails
    /// for good, each event goes there by itself.
    async fn handle_many(
        &self,
        transaction: &mut PgConnection,
        events: &[&Received],
    ) -> Result<(), HandlerError>;
}

/// Why an event has no effect yet.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// It may pass: the event is tried again until it does, and everything behind it waits.
    #[error(transparent)]
    Transient(BoxError),
    /// It will fail each time: the event is parked, and only what has the same key waits.
    #[error(transparent)]
    Permanent(BoxError),
}

impl HandlerError {
    /// A failure that may pass.
    pub fn transient(error: impl Into<BoxError>) -> Self {
        Self::Transient(error.into())
    }

    /// A failure that will not.
    pub fn permanent(error: impl Into<BoxError>) -> Self {
        Self::Permanent(error.into())
    }
}

impl From<sqlx::Error> for HandlerError {
    /// A database that is away, full or in conflict passes; what it refuses, it will refuse again.
    fn from(error: sqlx::Error) -> Self {
        if sql::is_passing(&error) {
            Self::transient(error)
        } else {
            Self::permanent(error)
        }
    }
}

impl From<&Malformed> for HandlerError {
    fn from(error: &Malformed) -> Self {
        Self::permanent(error.to_string())
    }
}
