//! What can go wrong with the database, as far as a caller can act on it.

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection, or it broke, or the server is overloaded or going down: the caller may try again.
    #[error("the database can't be reached, try again: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// A serialization failure or a deadlock: the whole transaction may be run again, see [`crate::retry_conflicts`].
    #[error("the transaction met another one, run it again: {0}")]
    Conflict(#[source] sqlx::Error),
    /// The database refused the statement, or its answer doesn't fit.
    #[error("the database refused the statement, look at its log: {0}")]
    Query(#[source] sqlx::Error),
    /// The address is not one of Postgres.
    #[error("not a Postgres URL, write postgres://user:password@host:port/database: {0}")]
    Url(#[source] sqlx::Error),
}

impl Error {
    /// The name of the constraint that was violated.
    pub fn constraint(&self) -> Option<&str> {
        self.cause().as_database_error()?.constraint()
    }

    /// The SQLSTATE of the server.
    pub fn code(&self) -> Option<String> {
        self.cause().as_database_error()?.code().map(Into::into)
    }

    /// Whether running the whole transaction again can help.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    fn cause(&self) -> &sqlx::Error {
        match self {
            Self::Unavailable(cause) | Self::Conflict(cause) | Self::Query(cause) | Self::Url(cause) => cause,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        let code = cause.as_database_error().and_then(|refusal| refusal.code());
        if let Some(code) = code {
            return match code.as_ref() {
                "40001" | "40P01" => Self::Conflict(cause),
                code if passes(code) => Self::Unavailable(cause),
                _ => Self::Query(cause),
            };
        }
        let broken = matches!(
            cause,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
        );
        if broken {
            Self::Unavailable(cause)
        } else {
            Self::Query(cause)
        }
    }
}

/// Whether what the SQLSTATE tells of passes by itself: connection lost (08), out of resources (53), cancelled or
/// shutting down (57), ended by a time limit (25P03, 25P04).
fn passes(code: &str) -> bool {
    ["08", "53", "57", "25P03", "25P04"]
        .iter()
        .any(|class| code.starts_with(class))
}
