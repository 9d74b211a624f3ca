//! What is answered.

use std::fmt;
use std::sync::Arc;

use entente_ids::{OrganizationId, PartnershipId};

use crate::domain::member::Role;

/// Where a right comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A role in the organization itself.
    Role(Role),
    /// A mandate of a partnership.
    Mandate(PartnershipId),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "role:{}", role.as_str()),
            Self::Mandate(partnership) => write!(f, "mandate:{partnership}"),
        }
    }
}

/// Why something may not be done. Each has a section in docs/errors.md.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// The session has ended.
    SessionRevoked,
    /// For this person there is nothing there.
    NotFound,
    /// There was a mandate.
    MandateEnded,
    /// The organization takes no changes.
    OrganizationSuspended(OrganizationId),
    /// It binds the organization.
    LegalRepresentativeRequired,
    /// The role, or the ceiling of the mandate, doesn't have it.
    PermissionMissing,
    /// The mandate covers other products.
    OutsideMandate,
    /// The last proof of who one is is too old.
    ReauthenticationRequired,
    /// Billing's gate is closed.
    BillingRequired {
        /// What is missing.
        missing: Arc<[String]>,
    },
}

impl Denial {
    /// The reason, as the contract names it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::SessionRevoked => "SESSION_REVOKED",
            Self::NotFound => "NOT_FOUND",
            Self::MandateEnded => "MANDATE_ENDED",
            Self::OrganizationSuspended(_) => "ORGANIZATION_SUSPENDED",
            Self::LegalRepresentativeRequired => "LEGAL_REPRESENTATIVE_REQUIRED",
            Self::PermissionMissing => "PERMISSION_MISSING",
            Self::OutsideMandate => "OUTSIDE_MANDATE",
            Self::ReauthenticationRequired => "REAUTHENTICATION_REQUIRED",
            Self::BillingRequired { .. } => "BILLING_REQUIRED",
        }
    }

    /// What would mend it, for a person.
    pub fn mend(&self) -> &'static str {
        match self {
            Self::SessionRevoked => "sign in again",
            Self::NotFound => "check the id, and act in an organization that has access to it",
            Self::MandateEnded => "ask the client to invite your organization again",
            Self::OrganizationSuspended(_) => "ask the operator to resume the organization",
            Self::LegalRepresentativeRequired => "ask a legal representative of the organization to do it",
            Self::PermissionMissing => {
                "ask an owner of your organization for a role that has the permission, or the client for a mandate \
                 that allows it"
            }
            Self::OutsideMandate => "ask the client to add it to the mandate",
            Self::ReauthenticationRequired => "prove who you are with Reauthenticate, then repeat the call",
            Self::BillingRequired { .. } => {
                "set up what is missing with UpdateBillingAccount, then repeat the call"
            }
        }
    }
}
