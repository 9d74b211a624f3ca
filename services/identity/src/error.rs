//! What can go wrong, and what the caller is told of it.

use std::borrow::Cow;
use std::time::Duration;

use entente_contracts::identity::v1::Decision;
use entente_runtime::status::{Failure, internal};
use entente_service::failure;
use tonic::{Code, Status};

use crate::domain::member::MemberRefusal;
use crate::domain::organization::HierarchyViolation;
use crate::domain::service_account::ServiceAccountRefusal;
use crate::engine::Undecided;
use crate::provider::ProviderError;
use crate::security::password::PasswordError;

/// What somebody else was doing is over sooner than this.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Every failure of identity. Its message is for the caller, but for those that are faults of ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It isn't there, or not for this caller.
    #[error("there is no such {0}: check the id")]
    NotFound(&'static str),
    /// A link that was used, replaced, withdrawn or is too old.
    #[error("the link is not valid any more: ask for a new one")]
    LinkDead,
    /// Another organization has the name.
    #[error("another organization has this name: choose another")]
    NameTaken,
    /// Only who is in has it.
    #[error("the member is not active: wait until the invitation is accepted, or enable the member")]
    MemberNotActive,
    /// Another one of the organization has the name.
    #[error("another {0} of the organization has this name: choose another")]
    Taken(&'static str),
    /// The organization has as many as it can.
    #[error("the organization has as many {0} as it can: delete one that isn't needed")]
    Full(&'static str),
    /// A group that is the responsible party of somebody.
    #[error(
        "the group looks after an organization or a person: name somebody else with SetResponsibleParty first"
    )]
    GroupResponsible,
    /// Built-in roles are the same everywhere.
    #[error("a built-in role can't be changed or deleted: clone it, and change the clone")]
    RoleBuiltIn,
    /// The rules of service accounts don't allow it.
    #[error(transparent)]
    ServiceAccount(#[from] ServiceAccountRefusal),
    /// An API key that is nobody's, or not any more.
    #[error("the API key is not known, was revoked, or belongs to a disabled account: use another one")]
    ApiKeyInvalid,
    /// An API key that was good once.
    #[error("the API key has expired: create a new one, or rotate it in time")]
    ApiKeyExpired,
    /// The organization has this encryption key.
    #[error("the organization has this encryption key already: use that one, or delete it first")]
    KeyKnown,
    /// An encryption key can't be made.
    #[error("an encryption key can't be made: {0}")]
    KeyGeneration(String),
    /// Another organization has the front door.
    #[error("another organization has this slug: choose another")]
    SlugTaken,
    /// Another organization below the same one has the folder.
    #[error("another organization below the same one has this root folder: choose another")]
    RootFolderTaken,
    /// It can't be deleted before what stands below it.
    #[error("organizations stand below this one: delete those first")]
    NotEmpty,
    /// The caller lacks a permission that the guard doesn't ask for.
    #[error(
        "no role of yours gives this permission: ask an administrator of the organization for one that does"
    )]
    PermissionMissing,
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
    /// Access changed in between, and it can't be found out whether the right is still there.
    #[error("access was changed while the call was under way: repeat the call")]
    AccessChanged,
    /// The right was taken away while the call was under way.
    #[error("the right was taken away while the call was under way")]
    Denied(Box<Decision>),
    /// The client has ended what it had with who stands above it.
    #[error("the client has ended its mandate: ask it to invite your organization again")]
    MandateEnded,
    /// A field of the request.
    #[error("{field}: {description}")]
    Field {
        /// The field, as a dotted path.
        field: Cow<'static, str>,
        /// What is wrong with it and how to mend it.
        description: String,
    },
    /// Whatever is wrong with a sign-in.
    #[error("the address or the password is wrong: check both")]
    CredentialsWrong,
    /// Too many wrong passwords in a row.
    #[error("too many failed attempts: wait for the delay, then try again")]
    TooManyAttempts(Duration),
    /// Too many mails for one person, or from one place.
    #[error("too many mails were asked for: wait for the delay, then try again")]
    TooManyMails(Duration),
    /// A code of the second factor that isn't right, or was used.
    #[error("the code is wrong or was used before: give the one that the authenticator shows now")]
    CodeWrong,
    /// A challenge that was answered, or is too old.
    #[error("the sign-in was completed or is too old: sign in again")]
    ChallengeDead,
    /// There is no secret that waits.
    #[error("no authenticator waits for its code: enrol one first")]
    NothingToConfirm,
    /// There is no second factor.
    #[error("you have no second factor: enrol one first")]
    NoSecondFactor,
    /// A policy asks for it.
    #[error("an organization of yours asks for a second factor: enrol another authenticator in its place")]
    SecondFactorDemanded,
    /// The installation has no identity provider.
    #[error("this installation has no identity provider: sign in with your password")]
    NoProvider,
    /// It was completed, is too old, or the provider doesn't stand by it.
    #[error("the sign-in was completed, is too old or is another one's: begin again")]
    ProviderSignInDead,
    /// The provider knows the person, and we don't.
    #[error("nobody here has an address that the provider has verified: sign in with your password")]
    ProviderSignInRefused,
    /// The provider doesn't answer.
    #[error(
        "the identity provider does not answer as it should: try again later, or sign in with your password"
    )]
    ProviderAway,
    /// What the guard would refuse as well.
    #[error("the call lacks a proof: {}", .0.mend())]
    Refused(entente_access::Reason),
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
    /// A secret can't be sealed or opened.
    #[error(transparent)]
    Envelope(#[from] entente_envelope::EnvelopeError),
    /// An authenticator's secret that is none.
    #[error(transparent)]
    Totp(#[from] totp_rs::TotpError),
    /// A stored value that its column can't have.
    #[error("the column {0} holds a value that it can't have")]
    Corrupt(&'static str),
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        Self::Database(cause.into())
    }
}

impl From<ProviderError> for Error {
    /// What went wrong there is for who runs the installation; the caller can do nothing about it.
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Away(cause) => {
                tracing::warn!(
                    error = format!("{cause:#}"),
                    "the identity provider does not answer as it should"
                );
                Self::ProviderAway
            }
            ProviderError::Unconfirmed(cause) => {
                tracing::info!(
                    error = format!("{cause:#}"),
                    "the identity provider does not confirm a sign-in"
                );
                Self::ProviderSignInDead
            }
        }
    }
}

impl Error {
    /// A field of the request that is wrong.
    pub fn field(field: &'static str, description: impl Into<String>) -> Self {
        Self::Field {
            field: field.into(),
            description: description.into(),
        }
    }

    /// The same of a message that stands in this field of the request.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        let Self::Field { field, description } = self else {
            return self;
        };
        Self::Field {
            field: format!("{outer}.{field}").into(),
            description,
        }
    }

    /// Whether it says no to what was asked, and the transaction can go on with something else.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::NotFound(_)
            | Self::AlreadyMember
            | Self::PermissionMissing
            | Self::Member(_)
            | Self::MemberNotActive
            | Self::StaleEtag
            | Self::Field { .. } => true,
            Self::LinkDead
            | Self::Taken(_)
            | Self::Full(_)
            | Self::GroupResponsible
            | Self::RoleBuiltIn
            | Self::ServiceAccount(_)
            | Self::NoProvider
            | Self::ProviderSignInDead
            | Self::ProviderAway
            | Self::ProviderSignInRefused
            | Self::ApiKeyInvalid
            | Self::ApiKeyExpired
            | Self::KeyKnown
            | Self::KeyGeneration(_)
            | Self::NameTaken
            | Self::SlugTaken
            | Self::RootFolderTaken
            | Self::NotEmpty
            | Self::OperatorExists
            | Self::Hierarchy(_)
            | Self::AccessChanged
            | Self::Denied(_)
            | Self::MandateEnded
            | Self::CredentialsWrong
            | Self::TooManyAttempts(_)
            | Self::TooManyMails(_)
            | Self::CodeWrong
            | Self::ChallengeDead
            | Self::NothingToConfirm
            | Self::NoSecondFactor
            | Self::SecondFactorDemanded
            | Self::Refused(_)
            | Self::RefreshTokenUnknown
            | Self::RefreshTokenExpired
            | Self::SessionRevoked
            | Self::Collision
            | Self::Idempotency(_)
            | Self::Undecided(_)
            | Self::Database(_)
            | Self::Announce(_)
            | Self::Password(_)
            | Self::Envelope(_)
            | Self::Totp(_)
            | Self::Corrupt(_) => false,
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
            Error::MemberNotActive => (Code::FailedPrecondition, "MEMBER_NOT_ACTIVE"),
            Error::Taken(_) => (Code::AlreadyExists, "NAME_TAKEN"),
            Error::Full(_) => (Code::ResourceExhausted, "LIMIT_REACHED"),
            Error::GroupResponsible => (Code::FailedPrecondition, "GROUP_RESPONSIBLE"),
            Error::RoleBuiltIn => (Code::FailedPrecondition, "ROLE_BUILT_IN"),
            Error::ServiceAccount(refusal) => service_account(refusal),
            Error::ApiKeyInvalid => (Code::Unauthenticated, "API_KEY_INVALID"),
            Error::ApiKeyExpired => (Code::Unauthenticated, "API_KEY_EXPIRED"),
            Error::KeyKnown => (Code::AlreadyExists, "ENCRYPTION_KEY_KNOWN"),
            Error::SlugTaken => (Code::AlreadyExists, "SLUG_TAKEN"),
            Error::RootFolderTaken => (Code::AlreadyExists, "ROOT_FOLDER_TAKEN"),
            Error::NotEmpty => (Code::FailedPrecondition, "ORGANIZATION_NOT_EMPTY"),
            Error::PermissionMissing => (Code::PermissionDenied, "PERMISSION_MISSING"),
            Error::AlreadyMember => (Code::AlreadyExists, "ALREADY_MEMBER"),
            Error::OperatorExists => (Code::AlreadyExists, "OPERATOR_EXISTS"),
            Error::Hierarchy(_) => (Code::FailedPrecondition, "HIERARCHY_VIOLATION"),
            Error::Member(refusal) => refused(refusal),
            Error::StaleEtag => (Code::Aborted, "STALE_ETAG"),
            Error::AccessChanged => (Code::Aborted, "ACCESS_CHANGED"),
            Error::MandateEnded => (Code::PermissionDenied, "MANDATE_ENDED"),
            Error::Denied(decision) => return entente_access::denial(&decision).into(),
            Error::Field { field, description } => return Failure::field(&field, &description).into(),
            Error::CredentialsWrong => (Code::Unauthenticated, "CREDENTIALS_WRONG"),
            Error::TooManyAttempts(delay) => {
                return Failure::new(Code::ResourceExhausted, "TOO_MANY_ATTEMPTS", message)
                    .retry_after(delay)
                    .into();
            }
            Error::TooManyMails(delay) => {
                return Failure::new(Code::ResourceExhausted, "TOO_MANY_MAILS", message)
                    .retry_after(delay)
                    .into();
            }
            Error::CodeWrong => (Code::Unauthenticated, "CODE_WRONG"),
            Error::ChallengeDead => (Code::Unauthenticated, "CHALLENGE_DEAD"),
            Error::NothingToConfirm => (Code::FailedPrecondition, "NOTHING_TO_CONFIRM"),
            Error::NoSecondFactor => (Code::FailedPrecondition, "NO_SECOND_FACTOR"),
            Error::SecondFactorDemanded => (Code::FailedPrecondition, "SECOND_FACTOR_DEMANDED"),
            Error::NoProvider => (Code::FailedPrecondition, "PROVIDER_NOT_SET_UP"),
            Error::ProviderSignInDead => (Code::InvalidArgument, "PROVIDER_SIGN_IN_DEAD"),
            Error::ProviderSignInRefused => (Code::Unauthenticated, "PROVIDER_SIGN_IN_REFUSED"),
            Error::ProviderAway => (Code::Unavailable, "PROVIDER_UNAVAILABLE"),
            Error::Refused(reason) => return reason.into(),
            Error::RefreshTokenUnknown => (Code::Unauthenticated, "TOKEN_INVALID"),
            Error::RefreshTokenExpired => (Code::Unauthenticated, "TOKEN_EXPIRED"),
            Error::SessionRevoked => (Code::Unauthenticated, "SESSION_REVOKED"),
            Error::Idempotency(error) => return failure::of_request_id(error),
            Error::Undecided(Undecided) => return entente_access::Reason::DecisionUnavailable.into(),
            Error::Database(error) => return failure::of_database(error),
            Error::Announce(error) => return failure::of_announcement(error),
            Error::Collision => {
                return Failure::mendable(Code::Unavailable, "UNAVAILABLE", &message)
                    .retry_after(AT_ONCE)
                    .into();
            }
            Error::Password(_)
            | Error::Envelope(_)
            | Error::Totp(_)
            | Error::KeyGeneration(_)
            | Error::Corrupt(_) => return internal(error),
        };
        Failure::mendable(code, reason, &message).into()
    }
}

fn refused(refusal: MemberRefusal) -> (Code, &'static str) {
    match refusal {
        MemberRefusal::ExceedsOwn => (Code::PermissionDenied, "GRANT_EXCEEDS_OWN"),
        MemberRefusal::OwnerRequired => (Code::PermissionDenied, "OWNER_REQUIRED"),
        MemberRefusal::RoleReserved => (Code::FailedPrecondition, "ROLE_RESERVED"),
        MemberRefusal::RoleUnknown => (Code::InvalidArgument, "ROLE_UNKNOWN"),
        MemberRefusal::LastOwner => (Code::FailedPrecondition, "LAST_OWNER"),
        MemberRefusal::LastLegalRepresentative => (Code::FailedPrecondition, "LAST_LEGAL_REPRESENTATIVE"),
        MemberRefusal::Removed => (Code::FailedPrecondition, "MEMBER_REMOVED"),
        MemberRefusal::InvitationClosed => (Code::FailedPrecondition, "INVITATION_CLOSED"),
        MemberRefusal::Pending => (Code::FailedPrecondition, "MEMBER_PENDING"),
        MemberRefusal::SecondFactorRequired => (Code::FailedPrecondition, "SECOND_FACTOR_REQUIRED"),
        MemberRefusal::OwnCredential => (Code::FailedPrecondition, "OWN_CREDENTIAL"),
        MemberRefusal::Elsewhere => (Code::FailedPrecondition, "MEMBER_ELSEWHERE"),
        MemberRefusal::WrongAddress => (Code::PermissionDenied, "WRONG_ADDRESS"),
    }
}

fn service_account(refusal: ServiceAccountRefusal) -> (Code, &'static str) {
    match refusal {
        ServiceAccountRefusal::Deleted => (Code::FailedPrecondition, "SERVICE_ACCOUNT_DELETED"),
        ServiceAccountRefusal::Disabled => (Code::FailedPrecondition, "SERVICE_ACCOUNT_DISABLED"),
        ServiceAccountRefusal::KeyEnded => (Code::FailedPrecondition, "API_KEY_ENDED"),
        ServiceAccountRefusal::KeyReplaced => (Code::FailedPrecondition, "API_KEY_REPLACED"),
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
