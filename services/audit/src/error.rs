//! What can go wrong, and what the caller is told of it.

use entente_runtime::status::{Failure, internal};
use entente_service::failure;
use tonic::{Code, Status};

/// Every failure of audit.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It isn't there, or not for this organization.
    #[error("there is no such event: check the id")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Database(#[from] entente_pg::Error),
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
            Error::NotFound => Failure::mendable(Code::NotFound, "NOT_FOUND", &error.to_string()).into(),
            Error::Database(error) => failure::of_database(error),
            Error::Corrupt(_) => internal(error),
        }
    }
}
