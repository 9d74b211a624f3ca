//! What is asked.

use entente_ids::{OrganizationId, ProductId, SessionId, UserId};
use jiff::Timestamp;

use super::change::Gate;
use super::permission::Permission;

/// Who asks: a person, acting in one organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// The person.
    pub user: UserId,
    /// The session; none where it is asked about a person who may not be signed in.
    pub session: Option<SessionId>,
    /// The organization that they act in.
    pub organization: OrganizationId,
    /// When they last proved who they are.
    pub auth_time: Option<Timestamp>,
    /// Whether they showed a second factor in their session.
    pub second_factor: bool,
}

/// What is asked of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// That the session lives and the person is in the organization that they act in.
    Oneself,
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
    /// Whether a suspended state or a closed gate is passed over.
    pub exempt: bool,
}
