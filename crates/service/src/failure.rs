//! What the caller is told when something fails that every service is built from.

use entente_events::AppendError;
use entente_runtime::status::{Failure, internal, unavailable};
use tonic::Status;

/// The database failed: UNAVAILABLE where trying again can help.
pub fn of_database(error: entente_pg::Error) -> Status {
    match error {
        entente_pg::Error::Unavailable(_) | entente_pg::Error::Conflict(_) => unavailable(error),
        entente_pg::Error::Query(_) | entente_pg::Error::Url(_) => internal(error),
    }
}

/// The answer to an earlier request can't be given: INVALID_ARGUMENT where its `request_id` was for another one.
pub fn of_request_id(error: entente_idempotency::Error) -> Status {
    match error {
        entente_idempotency::Error::Reused => {
            Failure::field("request_id", "was used for another request: give a new one").into()
        }
        entente_idempotency::Error::Database(cause) => of_database(cause.into()),
        entente_idempotency::Error::Corrupt(_) | entente_idempotency::Error::Unanswered => internal(error),
    }
}

/// An event can't be put into the outbox.
pub fn of_announcement(error: AppendError) -> Status {
    match error {
        AppendError::Database(cause) => of_database(cause.into()),
        AppendError::TooLarge { .. }
        | AppendError::UnknownTopic { .. }
        | AppendError::OtherTopic { .. }
        | AppendError::Changes(_) => internal(error),
    }
}

#[cfg(test)]
mod tests {
    use entente_runtime::status::reason;
    use tonic::Code;
    use tonic_types::StatusExt as _;

    use super::*;

    #[test]
    fn a_database_that_is_away_says_when_to_come_back() {
        let status = of_database(sqlx::Error::PoolTimedOut.into());
        assert_eq!(status.code(), Code::Unavailable);
        assert!(status.get_details_retry_info().is_some());
    }

    #[test]
    fn a_refused_statement_is_a_fault_of_ours() {
        let status = of_announcement(AppendError::Database(sqlx::Error::RowNotFound));
        assert_eq!(status.code(), Code::Internal);
    }

    #[test]
    fn a_request_id_that_was_used_is_a_wrong_field() {
        let status = of_request_id(entente_idempotency::Error::Reused);
        assert_eq!(reason(&status).as_deref(), Some("INVALID_FIELD"));
        let bad = status.get_details_bad_request().unwrap();
        assert_eq!(bad.field_violations[0].field, "request_id");
    }
}
