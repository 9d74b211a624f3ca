//! What can go wrong, and what the caller is told of it.

use std::time::Duration;

use entente_runtime::status::{Failure, internal, unavailable};
use entente_service::failure;
use tonic::{Code, Status};

use crate::domain::member::MemberRefusal;
use crate::domain::organization::HierarchyViolation;
use crate::engine::Undecided;
use crate::security::password::PasswordError;

/// Every failure of identity. Its message is for the caller, but for those that are faults of ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It isn't there, or not for this caller.
    #[error("there is no such {0}: check the id")]
    NotFound(&'static str),
    /// A link that was used, replaced, withdrawn or is too old.
    #[error("the link is not valid any more: ask for a new invitation")]
    LinkDead,
    /// Another organization has the name.
    #[error("another organization has this name: choose another")]
    NameTaken,
    /// The address has a place in the organization.
    #[error("the address is a member or was invited: change that member, or remove it and invite again")]
    AlreadyMember,
    /// The installation has its operator.
    #[error("the operator exists and has an owner: sign in as an owner, or ask one for an invitation")]
    OperatorExists,
    /// The hierarchy doesn't allow it.
    #[error(transparent)]
    Hierarchy(#[from] HierarchyViolation),
    /// The rules of members don't allow it.
    #[error(transparent)]
    Member(#[from] MemberRefusal),
    /// Somebody changed it in between.
    #[error("it was changed since you read it: read it again and repeat your change")]
    StaleEtag,
    /// A field of the request.
    #[error("{field}: {description}")]
    Field {
        /// The field, as a dotted path.
        field: &'static str,
        /// What is wrong with it and how to mend it.
        description: String,
    },
    /// Whatever is wrong with a sign-in.
    #[error("the address or the password is wrong: check both")]
    CredentialsWrong,
    /// Too many wrong passwords in a row.
    #[error("too many failed attempts: wait for the delay, then try again")]
    TooManyAttempts(Duration),
    /// A refresh token that was never given out, or so long ago that it is forgotten.
    #[error("the refresh token is not known: sign in again")]
    RefreshTokenUnknown,
    /// A refresh token that nobody used for too long.
    #[error("the refresh token has expired: sign in again")]
    RefreshTokenExpired,
    /// The session was ended.
    #[error("the session was ended: sign in again")]
    SessionRevoked,
    /// The same thing was done at the same moment.
    #[error("somebody did the same at the same moment: try again")]
    Collision,
    /// The answer to an earlier request.
    #[error(transparent)]
    Idempotency(#[from] entente_idempotency::Error),
    /// Decisions can't be made.
    #[error(transparent)]
    Undecided(#[from] Undecided),
    /// The database.
    #[error(transparent)]
    Database(#[from] entente_pg::Error),
    /// The event can't be announced.
    #[error(transparent)]
    Announce(#[from] entente_events::AppendError),
    /// A password can't be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
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
    /// A field of the request that is wrong.
    pub fn field(field: &'static str, description: impl Into<String>) -> Self {
        Self::Field {
            field,
            description: description.into(),
        }
    }

    /// Whether the transaction lost against another one and can be run again.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Collision) || matches!(self, Self::Database(error) if error.is_conflict())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let (code, reason) = match error {
            Error::NotFound(_) => (Code::NotFound, "NOT_FOUND"),
            Error::LinkDead => (Code::NotFound, "LINK_DEAD"),
            Error::NameTaken => (Code::AlreadyExists, "NAME_TAKEN"),
            Error::AlreadyMember => (Code::AlreadyExists, "ALREADY_MEMBER"),
            Error::OperatorExists => (Code::AlreadyExists, "OPERATOR_EXISTS"),
            Error::Hierarchy(_) => (Code::FailedPrecondition, "HIERARCHY_VIOLATION"),
            Error::Member(refusal) => refused(refusal),
            Error::StaleEtag => (Code::Aborted, "STALE_ETAG"),
            Error::Field { field, description } => return Failure::field(field, &description).into(),
            Error::CredentialsWrong => (Code::Unauthenticated, "CREDENTIALS_WRONG"),
            Error::TooManyAttempts(delay) => {
                return Failure::new(Code::ResourceExhausted, "TOO_MANY_ATTEMPTS", message)
                    .retry_after(delay)
                    .into();
            }
            Error::RefreshTokenUnknown => (Code::Unauthenticated, "TOKEN_INVALID"),
            Error::RefreshTokenExpired => (Code::Unauthenticated, "TOKEN_EXPIRED"),
            Error::SessionRevoked => (Code::Unauthenticated, "SESSION_REVOKED"),
            Error::Idempotency(error) => return failure::of_request_id(error),
            Error::Undecided(Undecided) => return entente_access::Reason::DecisionUnavailable.into(),
            Error::Database(error) => return failure::of_database(error),
            Error::Announce(error) => return failure::of_announcement(error),
            Error::Collision => return unavailable(anyhow::anyhow!(message)),
            Error::Password(_) | Error::Corrupt(_) => return internal(error),
        };
        Failure::mendable(code, reason, &message).into()
    }
}

fn refused(refusal: MemberRefusal) -> (Code, &'static str) {
    match refusal {
        MemberRefusal::ExceedsOwn(_) => (Code::PermissionDenied, "GRANT_EXCEEDS_OWN"),
        MemberRefusal::OwnerRequired => (Code::PermissionDenied, "OWNER_REQUIRED"),
        MemberRefusal::LastOwner => (Code::FailedPrecondition, "LAST_OWNER"),
        MemberRefusal::LastLegalRepresentative => (Code::FailedPrecondition, "LAST_LEGAL_REPRESENTATIVE"),
        MemberRefusal::Removed => (Code::FailedPrecondition, "MEMBER_REMOVED"),
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt as _;

    use super::*;

    #[test]
    fn a_refusal_tells_its_reason_and_its_mend() {
        let status = Status::from(Error::Member(MemberRefusal::LastOwner));
        assert_eq!(status.code(), Code::FailedPrecondition);
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.reason, "LAST_OWNER");
        assert_eq!(info.metadata["mend"], "make another active member an owner first");
    }

    #[test]
    fn a_field_is_named() {
        let status = Status::from(Error::field("organization.type", "is missing: give a type"));
        assert_eq!(
            status.get_details_bad_request().unwrap().field_violations[0].field,
            "organization.type"
        );
    }

    #[test]
    fn a_fault_of_ours_keeps_its_detail() {
        let status = Status::from(Error::Corrupt("member.role"));
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("member.role"));
    }
}
