//! Why a call is refused: each reason with its code, what it says and what mends it. Each has a section in
//! docs/errors.md.

use std::time::Duration;

use entente_contracts::identity::v1::Decision;
use entente_runtime::status::Failure;
use strum::VariantArray;
use tonic::{Code, Status};

/// How long to wait before a decision that could not be made is asked for again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// No token came with the call.
    TokenMissing,
    /// The token is none of ours, or garbled.
    TokenInvalid,
    /// The token was good once.
    TokenExpired,
    /// The session has been ended.
    SessionRevoked,
    /// The API key is not known, or not good any more.
    ApiKeyInvalid,
    /// The last proof of who it is lies too far back.
    ReauthenticationRequired,
    /// The organization asks for a second factor.
    MfaRequired,
    /// Nothing of that kind exists for the caller.
    NotFound,
    /// No role, group or grant gives the permission.
    PermissionMissing,
    /// The mandate doesn't reach that far.
    OutsideMandate,
    /// There was a mandate once.
    MandateEnded,
    /// Only a legal representative may do it.
    LegalRepresentativeRequired,
    /// Only a person may do it.
    PeopleOnly,
    /// The operator hasn't delegated it to the partner.
    DelegationDisabled,
    /// Only services of this installation may call it, or some of them.
    InternalOnly,
    /// The organization is suspended.
    OrganizationSuspended,
    /// The module is switched off.
    ModuleInactive,
    /// Billing is not set up.
    BillingRequired,
    /// Nobody could decide.
    DecisionUnavailable,
}

impl Reason {
    /// Every reason.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The reason as `ErrorInfo.reason` and `Decision.reason` spell it, such as `OUTSIDE_MANDATE`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The reason of that spelling.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// The gRPC code.
    pub fn code(self) -> Code {
        match self {
            Self::TokenMissing
            | Self::TokenInvalid
            | Self::TokenExpired
            | Self::SessionRevoked
            | Self::ApiKeyInvalid
            | Self::ReauthenticationRequired
            | Self::MfaRequired => Code::Unauthenticated,
            Self::NotFound => Code::NotFound,
            Self::PermissionMissing
            | Self::OutsideMandate
            | Self::MandateEnded
            | Self::LegalRepresentativeRequired
            | Self::PeopleOnly
            | Self::DelegationDisabled
            | Self::InternalOnly => Code::PermissionDenied,
            Self::OrganizationSuspended | Self::ModuleInactive | Self::BillingRequired => {
                Code::FailedPrecondition
            }
            Self::DecisionUnavailable => Code::Unavailable,
        }
    }

    /// What is wrong, for a person.
    pub fn what(self) -> &'static str {
        match self {
            Self::TokenMissing => "no access token came with the call",
            Self::TokenInvalid => "the access token is not valid",
            Self::TokenExpired => "the access token has expired",
            Self::SessionRevoked => "the session has ended",
            Self::ApiKeyInvalid => "the API key is not known, was revoked, or belongs to a disabled account",
            Self::ReauthenticationRequired => "a recent proof of who you are is needed",
            Self::MfaRequired => "a second factor is needed",
            Self::NotFound => "there is no such thing where you act",
            Self::PermissionMissing => "you lack the permission",
            Self::OutsideMandate => "this lies outside of your mandate",
            Self::MandateEnded => "the mandate has ended",
            Self::LegalRepresentativeRequired => {
                "only a legal representative of the organization may do this"
            }
            Self::PeopleOnly => "only a person may do this, for themselves",
            Self::DelegationDisabled => "the operator has not delegated this to the partner",
            Self::InternalOnly => {
                "only services of this installation that the contract names may call this method"
            }
            Self::OrganizationSuspended => "the organization is suspended",
            Self::ModuleInactive => "the module is switched off",
            Self::BillingRequired => "billing is not set up",
            Self::DecisionUnavailable => "access can't be decided right now",
        }
    }

    /// What mends it, where a decision doesn't say it better.
    pub fn mend(self) -> &'static str {
        match self {
            Self::TokenMissing => "sign in, and send `authorization: Bearer` with the access token",
            Self::TokenInvalid => "refresh the session, or sign in again",
            Self::TokenExpired => "refresh the session",
            Self::SessionRevoked => "sign in again",
            Self::ApiKeyInvalid => "use another one",
            Self::ReauthenticationRequired => "call Reauthenticate, and use the token that it gives",
            Self::MfaRequired => "enrol a second factor, and sign in with it",
            Self::NotFound => "check the id, and the organization that you act in",
            Self::PermissionMissing => "ask an administrator of the organization for a role that has it",
            Self::OutsideMandate => "ask the client to extend the mandate",
            Self::MandateEnded => "ask the client for a new one",
            Self::LegalRepresentativeRequired => "ask one of them",
            Self::PeopleOnly => "sign in, and send the access token of that session instead of an API key",
            Self::DelegationDisabled => "ask the operator to turn the flag on",
            Self::InternalOnly => "use a method of the public API",
            Self::OrganizationSuspended => "ask its operator to resume it",
            Self::ModuleInactive => "ask an administrator to switch it on",
            Self::BillingRequired => "complete the billing account of the organization that you act in",
            Self::DecisionUnavailable => "try again after the delay",
        }
    }

    fn told(self, mend: &str) -> Failure {
        let failure = Failure::new(self.code(), self.as_str(), format!("{}: {mend}", self.what())).mend(mend);
        if self == Self::DecisionUnavailable {
            failure.retry_after(RETRY_AFTER)
        } else {
            failure
        }
    }
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        reason.told(reason.mend())
    }
}

impl From<Reason> for Status {
    fn from(reason: Reason) -> Self {
        Failure::from(reason).into()
    }
}

/// What the caller is told of a decision that refuses.
pub fn denial(decision: &Decision) -> Failure {
    let reason = Reason::parse(&decision.reason).unwrap_or_else(|| {
        // An identity that is newer than this service may know more reasons. Refused is refused.
        tracing::warn!(
            reason = decision.reason,
            "a decision gives a reason that is unknown here"
        );
        Reason::PermissionMissing
    });
    // What is hidden looks the same whatever hides it.
    if reason == Reason::NotFound {
        return reason.into();
    }
    let mend = if decision.mend.is_empty() {
        reason.mend()
    } else {
        &decision.mend
    };
    decision
        .metadata
        .iter()
        .fold(reason.told(mend), |failure, (key, value)| {
            // The decision's own mend wins over a fact of that name.
            if key == entente_runtime::status::MEND {
                failure
            } else {
                failure.metadata(key, value)
            }
        })
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;

    #[test]
    fn every_reason_reads_back_from_its_spelling() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.as_str()), Some(*reason));
        }
        assert_eq!(
            Reason::ReauthenticationRequired.as_str(),
            "REAUTHENTICATION_REQUIRED"
        );
        assert_eq!(Reason::parse("OUTSIDE"), None);
    }

    #[test]
    fn every_reason_tells_the_reader_what_to_do() {
        for reason in Reason::ALL {
            let status = Status::from(*reason);
            let info = status.get_details_error_info().unwrap();
            assert_eq!(
                (info.reason.as_str(), info.domain.as_str()),
                (reason.as_str(), "entente")
            );
            assert_eq!(info.metadata["mend"], reason.mend());
            assert!(status.message().ends_with(reason.mend()) && !status.message().ends_with('.'));
        }
    }

    #[test]
    fn only_what_passes_by_itself_hints_at_a_retry() {
        for reason in Reason::ALL {
            let retries = Status::from(*reason).get_details_retry_info().is_some();
            assert_eq!(retries, reason.code() == Code::Unavailable, "{reason:?}");
        }
    }

    #[test]
    fn a_denial_carries_the_decisions_mend_and_facts() {
        let decision = Decision {
            reason: "BILLING_REQUIRED".to_owned(),
            mend: "name a payer".to_owned(),
            metadata: [("missing".to_owned(), "payer".to_owned())].into(),
            ..Decision::default()
        };

        let status = Status::from(denial(&decision));

        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(status.message(), "billing is not set up: name a payer");
        let info = status.get_details_error_info().unwrap();
        assert_eq!(
            (info.metadata["mend"].as_str(), info.metadata["missing"].as_str()),
            ("name a payer", "payer")
        );
    }

    #[test]
    fn what_is_hidden_looks_the_same_whatever_hides_it() {
        let decision = Decision {
            reason: "NOT_FOUND".to_owned(),
            mend: "join Berger SA".to_owned(),
            metadata: [("name".to_owned(), "Berger SA".to_owned())].into(),
            ..Decision::default()
        };

        let status = Status::from(denial(&decision));

        assert_eq!(
            format!("{status:?}"),
            format!("{:?}", Status::from(Reason::NotFound))
        );
    }

    #[test]
    fn an_unknown_reason_still_refuses() {
        let decision = Decision {
            reason: "OUTSIDE_HOURS".to_owned(),
            ..Decision::default()
        };

        assert_eq!(denial(&decision).code(), Code::PermissionDenied);
    }
}
