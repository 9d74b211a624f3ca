//! What is asked.

use entente_ids::{OrganizationId, PrincipalId, ProductId, SessionId};
use jiff::Timestamp;

use super::change::Gate;
use super::controls::{DelegationFlag, Module};
use super::permission::Permission;

/// Who asks: a person or a service account, acting in one organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// Who.
    pub principal: PrincipalId,
    /// The session, or a service account's key; none where it is asked about somebody who may not be signed in.
    pub session: Option<SessionId>,
    /// The organization that they act in.
    pub organization: OrganizationId,
    /// When they last proved who they are.
    pub auth_time: Option<Timestamp>,
    /// Whether they showed a second factor in their session.
    pub second_factor: bool,
}

impl Subject {
    /// A member of an organization at home, who may not be signed in.
    pub fn member(principal: PrincipalId, organization: OrganizationId) -> Self {
        Self {
            principal,
            session: None,
            organization,
            auth_time: None,
            second_factor: false,
        }
    }
}

/// What is asked of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// That the session lives, and the person is in the organization that they act in with the second factor that it asks
    /// for.
    Oneself {
        /// Whether a recent proof is needed too.
        recent_auth: bool,
        /// Whether a missing second factor is passed over: it is how one comes to have one, or goes elsewhere.
        exempt: bool,
    },
    /// A permission and what goes with it.
    Need(Need),
}

/// The access rule of a method, applied to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The permission.
    pub permission: Permission,
    /// The organization acted upon.
    pub organization: OrganizationId,
    /// The product touched, where there is one.
    pub product: Option<ProductId>,
    /// The gate that must be open.
    pub gate: Option<Gate>,
    /// Whether a recent proof is needed.
    pub recent_auth: bool,
    /// Whether a legal representative is needed.
    pub legal_representative: bool,
    /// Whether a suspended state, a closed gate or a missing second factor is passed over.
    pub exempt: bool,
    /// What the operator must have delegated, where the organization is a partner's.
    pub delegation: Option<DelegationFlag>,
    /// The module that must be switched on.
    pub module: Option<Module>,
}

impl Need {
    /// A permission at an organization, and nothing else.
    pub fn of(permission: Permission, organization: OrganizationId) -> Self {
        Self {
            permission,
            organization,
            product: None,
            gate: None,
            recent_auth: false,
            legal_representative: false,
            exempt: false,
            delegation: None,
            module: None,
        }
    }
}
