//! What is answered.

use std::fmt;
use std::sync::Arc;

use entente_ids::{GroupId, OrganizationId, PartnershipId};

use super::controls::{DelegationFlag, Module};
use crate::domain::role::RoleRef;

/// Where a right comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The role in the organization itself.
    Role(RoleRef),
    /// A role of a group there.
    Group(GroupId),
    /// Being there at all; where nothing more is asked.
    Membership,
    /// A mandate of a partnership.
    Mandate(PartnershipId),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "role:{role}"),
            Self::Group(group) => write!(f, "group:{group}"),
            Self::Membership => f.write_str("membership"),
            Self::Mandate(partnership) => write!(f, "mandate:{partnership}"),
        }
    }
}

/// Why something may not be done. Each has a section in docs/errors.md.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// The session has ended.
    SessionRevoked,
    /// The key, or its service account, is not good any more.
    ApiKeyRevoked,
    /// For this person there is nothing there.
    NotFound,
    /// There was a mandate.
    MandateEnded,
    /// A second factor is asked for, and the person has shown none.
    SecondFactorRequired,
    /// The organization takes no changes.
    OrganizationSuspended(OrganizationId),
    /// It binds the organization.
    LegalRepresentativeRequired,
    /// The role, or the ceiling of the mandate, doesn't have it.
    PermissionMissing,
    /// The operator hasn't delegated it.
    DelegationDisabled(DelegationFlag),
    /// The mandate covers other products.
    OutsideMandate,
    /// The last proof of who one is is too old.
    ReauthenticationRequired,
    /// The module is switched off.
    ModuleInactive {
        /// Which one.
        module: Module,
        /// Where it is off.
        level: Level,
    },
    /// Billing's gate is closed.
    BillingRequired {
        /// What is missing.
        missing: Arc<[String]>,
    },
}

/// Where a module is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Level {
    /// The acting partner; the operator where there is none.
    Tenant,
    /// The organization acted upon.
    Company,
}

impl Level {
    /// The word for it, as the contract shows it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Denial {
    /// The reason, as the contract names it.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::SessionRevoked => "SESSION_REVOKED",
            Self::ApiKeyRevoked => "API_KEY_INVALID",
            Self::NotFound => "NOT_FOUND",
            Self::MandateEnded => "MANDATE_ENDED",
            Self::SecondFactorRequired => "MFA_REQUIRED",
            Self::OrganizationSuspended(_) => "ORGANIZATION_SUSPENDED",
            Self::LegalRepresentativeRequired => "LEGAL_REPRESENTATIVE_REQUIRED",
            Self::PermissionMissing => "PERMISSION_MISSING",
            Self::DelegationDisabled(_) => "DELEGATION_DISABLED",
            Self::OutsideMandate => "OUTSIDE_MANDATE",
            Self::ReauthenticationRequired => "REAUTHENTICATION_REQUIRED",
            Self::ModuleInactive { .. } => "MODULE_INACTIVE",
            Self::BillingRequired { .. } => "BILLING_REQUIRED",
        }
    }

    /// What would mend it, for a person.
    pub fn mend(&self) -> &'static str {
        match self {
            Self::SessionRevoked => "sign in again",
            Self::ApiKeyRevoked => "use another API key, or have one created",
            Self::NotFound => "check the id, and act in an organization that has access to it",
            Self::MandateEnded => "ask the client to invite your organization again",
            Self::SecondFactorRequired => "enrol a second factor and sign in with it",
            Self::OrganizationSuspended(_) => "ask the operator to resume the organization",
            Self::LegalRepresentativeRequired => "ask a legal representative of the organization to do it",
            Self::PermissionMissing => {
                "ask an owner of your organization for a role that has the permission, or the client for a mandate \
                 that allows it"
            }
            Self::DelegationDisabled(_) => "ask the operator to turn the flag on for the partner",
            Self::OutsideMandate => "ask the client to add it to the mandate",
            Self::ReauthenticationRequired => "prove who you are with Reauthenticate, then repeat the call",
            Self::ModuleInactive {
                level: Level::Tenant, ..
            } => "ask an administrator of the tenant to switch the module on",
            Self::ModuleInactive {
                level: Level::Company,
                ..
            } => "ask an administrator of the company to switch the module on",
            Self::BillingRequired { .. } => {
                "set up what is missing with UpdateBillingAccount, then repeat the call"
            }
        }
    }
}
