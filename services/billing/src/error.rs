//! What can go wrong, and what the caller is told of it.

use std::time::Duration;

use entente_runtime::status::{Failure, internal, unavailable};
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
            Error::NotOpen => Failure::new(Code::Unavailable, "UNAVAILABLE", error.to_string())
                .mend("try again after the delay")
                .retry_after(OPENED_WITHIN)
                .into(),
            Error::StaleEtag => Failure::new(Code::Aborted, "STALE_ETAG", error.to_string())
                .mend("read it again and repeat your change")
                .into(),
            Error::Idempotency(error) => idempotency(error),
            Error::Database(error) => database(error),
            Error::Announce(entente_events::AppendError::Database(cause)) => database(cause.into()),
            Error::Gate(_) => unavailable(error),
            Error::Announce(_) | Error::Envelope(_) | Error::Corrupt(_) => internal(error),
        }
    }
}

fn idempotency(error: entente_idempotency::Error) -> Status {
    const REUSED: &str = "was used for another request: give a new one";
    match error {
        entente_idempotency::Error::Reused => Failure::new(
            Code::InvalidArgument,
            "INVALID_FIELD",
            format!("request_id: {REUSED}"),
        )
        .mend("give a new one")
        .violation("request_id", REUSED)
        .into(),
        entente_idempotency::Error::Database(cause) => database(cause.into()),
        entente_idempotency::Error::Corrupt(_) => internal(error),
    }
}

fn database(error: entente_pg::Error) -> Status {
    match error {
        entente_pg::Error::Unavailable(_) | entente_pg::Error::Conflict(_) => unavailable(error),
        entente_pg::Error::Query(_) | entente_pg::Error::Url(_) => internal(error),
    }
}
