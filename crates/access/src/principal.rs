//! Who is calling.

use std::sync::Arc;

use entente_ids::{OrganizationId, PrincipalId, ServiceAccountId, SessionId, UserId};
use jiff::Timestamp;

/// Who is calling, as their token proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Nobody said who they are.
    Anonymous,
    /// A person with a session.
    Person(Person),
    /// A service account with a key.
    ServiceAccount(ServiceAccount),
    /// A service of this installation.
    Service {
        /// Its name, such as `partners`.
        name: Arc<str>,
    },
}

/// A person with a session, acting in one organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The person.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// The organization that they act in.
    pub organization: OrganizationId,
    /// When they last proved who they are, to the second.
    pub auth_time: Timestamp,
    /// Whether they showed a second factor in this session.
    pub second_factor: bool,
}

/// A service account, acting in its own organization. It proves nothing anew, and shows no second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The account.
    pub account: ServiceAccountId,
    /// Its key: decisions know it as a session.
    pub session: SessionId,
    /// The organization.
    pub organization: OrganizationId,
}

impl Principal {
    /// Who can hold rights in an organization, and which they act in; none for services and for who is unknown.
    pub fn acting(&self) -> Option<(PrincipalId, OrganizationId)> {
        match self {
            Self::Person(person) => Some((person.user.into(), person.organization)),
            Self::ServiceAccount(own) => Some((own.account.into(), own.organization)),
            Self::Anonymous | Self::Service { .. } => None,
        }
    }

    /// The name under which events and idempotency keys know the caller: `usr_…`, `sva_…`, `service:partners`,
    /// `anonymous`.
    pub fn actor(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Person(person) => person.user.to_string(),
            Self::ServiceAccount(own) => own.account.to_string(),
            Self::Service { name } => format!("service:{name}"),
        }
    }
}
