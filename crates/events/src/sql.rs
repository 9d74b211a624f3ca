//! Statements over a schema that is a parameter.

use std::sync::Arc;

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres};

use crate::schema::Schema;

/// One statement, with its schema filled in once, so that every call has the same text and its plan is kept.
#[derive(Clone, Debug)]
pub(crate) struct Statement(Arc<str>);

impl Statement {
    /// `{s}` stands for the schema. The text is ours and a [`Schema`] is checked, so nothing foreign gets in.
    pub(crate) fn new(schema: &Schema, text: &str) -> Self {
        Self(text.replace("{s}", schema.as_str()).into())
    }

    pub(crate) fn query(&self) -> Query<'static, Postgres, PgArguments> {
        sqlx::query(AssertSqlSafe(Arc::clone(&self.0)))
    }
}

/// Whether the same statement may succeed later with nothing mended: the database is away, full, or another
/// transaction was in the way.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    use sqlx::Error;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the enum is non-exhaustive; what is unknown has not passed yet"
    )]
    match error {
        Error::Io(_)
        | Error::Tls(_)
        | Error::Protocol(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::BeginFailed => true,
        Error::Database(database) => database.code().is_some_and(|code| {
            // https://www.postgresql.org/docs/current/errcodes-appendix.html
            ["08", "53", "57", "58"]
                .iter()
                .any(|class| code.starts_with(class))
                // 25P03, 25P04: ended by a time limit; 55000: the database takes no connections.
                || ["25006", "25P03", "25P04", "40001", "40P01", "55000", "55P03"].contains(&code.as_ref())
        }),
        _ => false,
    }
}
