//! What can go wrong, and what the caller is told of it.

use std::time::Duration;

use entente_runtime::status::{Failure, internal, unavailable};
use entente_service::failure;
use tonic::{Code, Status};

/// The event of a new organization is here sooner than this.
const OPENED_WITHIN: Duration = Duration::from_secs(1);

/// Every failure of billing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The organization is so new that its account isn't open yet.
    #[error("the organization's billing account is being opened: try again after the delay")]
    NotOpen,
    /// Somebody changed it in between.
    #[error("the account was changed since you read it: read it again and repeat your change")]
    StaleEtag,
    /// The answer to an earlier request.
    #[error(transparent)]
    Idempotency(#[from] entente_idempotency::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] entente_pg::Error),
    /// The event can't be announced.
    #[error(transparent)]
    Announce(#[from] entente_events::AppendError),
    /// identity didn't take the gate: recovery tells it again.
    #[error("identity did not take the gate, it is told again: {0}")]
    Gate(#[source] Status),
    /// A payment token can't be sealed.
    #[error(transparent)]
    Envelope(#[from] entente_envelope::EnvelopeError),
    /// A stored value that its column can't have.
    #[error("the column {0} holds a value that it can't have: look at the row and at who changed it")]
    Corrupt(&'static str),
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        Self::Database(cause.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::NotOpen => Failure::mendable(Code::Unavailable, "UNAVAILABLE", &error.to_string())
                .retry_after(OPENED_WITHIN)
                .into(),
            Error::StaleEtag => Failure::mendable(Code::Aborted, "STALE_ETAG", &error.to_string()).into(),
            Error::Idempotency(error) => failure::of_request_id(error),
            Error::Database(error) => failure::of_database(error),
            Error::Announce(error) => failure::of_announcement(error),
            Error::Gate(_) => unavailable(error),
            Error::Envelope(_) | Error::Corrupt(_) => internal(error),
        }
    }
}
