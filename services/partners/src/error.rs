//! What can go wrong, and what the caller is told of it.

use std::time::Duration;

pub use entente_contracts::Violation;
use entente_runtime::status::{Failure, internal};
use entente_service::failure;
use tonic::{Code, Status};

use crate::domain::invitation::InvitationRefusal;
use crate::domain::partnership::PartnershipRefusal;

/// What other services are about to know or to take, they have sooner than this.
const SOON: Duration = Duration::from_secs(1);

/// Every failure of partners. Its message is for the caller, but for those that are faults of ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It isn't there, or not for this caller.
    #[error("there is no such {0}: check the id")]
    NotFound(&'static str),
    /// The organization to invite isn't a partner that can be found.
    #[error("there is no such partner: take one that SearchPartners finds")]
    PartnerNotFound,
    /// The category has a product of this name.
    #[error("the category has a product of this name: choose another name or category")]
    NameTaken,
    /// An invitation between the two is pending.
    #[error("an invitation to this partner is pending: send that one again, or withdraw it first")]
    AlreadyInvited,
    /// The two have a partnership.
    #[error("this partner has a partnership with you already: end that one first")]
    AlreadyPartners,
    /// The rules of invitations don't allow the step.
    #[error(transparent)]
    Invitation(#[from] InvitationRefusal),
    /// The rules of partnerships don't allow the step.
    #[error(transparent)]
    Partnership(#[from] PartnershipRefusal),
    /// Somebody changed it in between.
    #[error("it was changed since you read it: read it again and repeat your change")]
    StaleEtag,
    /// Fields of the request.
    #[error("fields of the request are wrong: mend each of them")]
    Fields(Vec<Violation>),
    /// The caller's organization is so new that it isn't known here.
    #[error("your organization is not known here yet: try again after the delay")]
    NotYetKnown,
    /// identity did not take the grant. What was asked for is stored and is finished without the caller.
    #[error(
        "the change is stored, but is not in force yet: it is finished by itself, or try again after the delay"
    )]
    Grant(#[source] Status),
    /// The answer to an earlier request.
    #[error(transparent)]
    Idempotency(#[from] entente_idempotency::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] entente_pg::Error),
    /// The event can't be announced.
    #[error(transparent)]
    Announce(#[from] entente_events::AppendError),
    /// A stored value that its column can't have.
    #[error("the column {0} holds a value that it can't have")]
    Corrupt(&'static str),
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        Self::Database(cause.into())
    }
}

impl Error {
    /// One field of the request that is wrong.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::Fields(vec![Violation {
            field: field.into(),
            description: description.into(),
        }])
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let (code, reason) = match error {
            Error::NotFound(_) => (Code::NotFound, "NOT_FOUND"),
            Error::PartnerNotFound => {
                let failure = Failure::mendable(Code::NotFound, "NOT_FOUND", &message);
                return failure.violation("partner", message).into();
            }
            Error::NameTaken => (Code::AlreadyExists, "NAME_TAKEN"),
            Error::AlreadyInvited => (Code::AlreadyExists, "ALREADY_INVITED"),
            Error::AlreadyPartners => (Code::AlreadyExists, "ALREADY_PARTNERS"),
            Error::Invitation(refusal) => refused(refusal),
            Error::Partnership(refusal) => refused_partnership(refusal),
            Error::StaleEtag => (Code::Aborted, "STALE_ETAG"),
            Error::Fields(violations) => return invalid(violations),
            Error::NotYetKnown => return again(&message),
            Error::Grant(cause) => {
                tracing::warn!(error = %cause, "identity does not take a grant, it is tried again");
                return again(&message);
            }
            Error::Idempotency(error) => return failure::of_request_id(error),
            Error::Database(error) => return failure::of_database(error),
            Error::Announce(error) => return failure::of_announcement(error),
            Error::Corrupt(_) => return internal(error),
        };
        Failure::mendable(code, reason, &message).into()
    }
}

/// What is in the way goes by itself.
fn again(message: &str) -> Status {
    Failure::mendable(Code::Unavailable, "UNAVAILABLE", message)
        .retry_after(SOON)
        .into()
}

fn refused(refusal: InvitationRefusal) -> (Code, &'static str) {
    match refusal {
        InvitationRefusal::NotTheClient => (Code::PermissionDenied, "NOT_THE_CLIENT"),
        InvitationRefusal::NotThePartner => (Code::PermissionDenied, "NOT_THE_PARTNER"),
        InvitationRefusal::Closed => (Code::FailedPrecondition, "INVITATION_CLOSED"),
        InvitationRefusal::LinkDead => (Code::NotFound, "LINK_DEAD"),
    }
}

fn refused_partnership(refusal: PartnershipRefusal) -> (Code, &'static str) {
    match refusal {
        PartnershipRefusal::NotTheClient => (Code::PermissionDenied, "NOT_THE_CLIENT"),
        PartnershipRefusal::Ended => (Code::FailedPrecondition, "PARTNERSHIP_ENDED"),
        PartnershipRefusal::Consented => (Code::FailedPrecondition, "PARTNERSHIP_CONSENTED"),
    }
}

fn invalid(violations: Vec<Violation>) -> Status {
    let message = violations
        .first()
        .map(|first| format!("{}: {}", first.field, first.description));
    let failure = Failure::new(
        Code::InvalidArgument,
        "INVALID_FIELD",
        message.unwrap_or_default(),
    );
    let add =
        |failure: Failure, violation: Violation| failure.violation(violation.field, violation.description);
    violations
        .into_iter()
        .fold(failure.mend("mend the fields that are named"), add)
        .into()
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt as _;

    use super::*;

    #[test]
    fn a_refusal_tells_its_reason_and_its_mend() {
        let status = Status::from(Error::Invitation(InvitationRefusal::Closed));
        assert_eq!(status.code(), Code::FailedPrecondition);
        let info = status.get_details_error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.metadata["mend"].as_str()),
            ("INVITATION_CLOSED", "create a new one")
        );
    }

    #[test]
    fn every_wrong_field_is_named() {
        let violation = |field: &str| Violation {
            field: field.into(),
            description: "is wrong: mend it".into(),
        };
        let status = Status::from(Error::Fields(vec![
            violation("products[0]"),
            violation("products[2]"),
        ]));
        let bad = status.get_details_bad_request().unwrap();
        let fields: Vec<_> = bad
            .field_violations
            .iter()
            .map(|violation| violation.field.as_str())
            .collect();
        assert_eq!(fields, ["products[0]", "products[2]"]);
    }

    #[test]
    fn an_identity_that_is_away_is_no_detail_for_the_caller() {
        let status = Status::from(Error::Grant(Status::unavailable(
            "connection refused by 10.0.0.7",
        )));
        assert_eq!(status.code(), Code::Unavailable);
        assert!(status.get_details_retry_info().is_some());
        assert!(!format!("{status:?}").contains("10.0.0.7"));
        assert!(status.message().starts_with("the change is stored"), "{status:?}");
    }
}
