//! What can go wrong, and what the caller is told of it.

use entente_runtime::status::{Failure, internal, unavailable};
use entente_service::failure;
use tonic::{Code, Status};

use crate::directory::Unanswered;

/// Every failure of notifications. Its message is for the caller, but for those that are faults of ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It isn't there, or not for this person in the organization that they act in.
    #[error("there is no such notification: check the id")]
    NotFound,
    /// A field of the request.
    #[error("{field}: {description}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it and how to mend it.
        description: String,
    },
    /// The answer to an earlier request.
    #[error(transparent)]
    Idempotency(#[from] entente_idempotency::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] entente_pg::Error),
    /// Another service.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// A stored value that its column can't have.
    #[error("the column {0} holds a value that it can't have: look at the row and at who changed it")]
    Corrupt(&'static str),
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        Self::Database(cause.into())
    }
}

impl Error {
    /// A field of the request that is wrong.
    pub fn field(field: &'static str, description: impl Into<String>) -> Self {
        Self::Field {
            field,
            description: description.into(),
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Failure::mendable(Code::NotFound, "NOT_FOUND", &error.to_string()).into(),
            Error::Field { field, description } => Failure::field(field, &description).into(),
            Error::Idempotency(error) => failure::of_request_id(error),
            Error::Database(error) => failure::of_database(error),
            Error::Unanswered(_) => unavailable(error),
            Error::Corrupt(_) => internal(error),
        }
    }
}
