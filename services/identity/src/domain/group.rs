//! Groups of members and service accounts (domain row 6).

use std::fmt;

use entente_ids::{GroupId, MemberId, OrganizationId, ServiceAccountId};
use jiff::Timestamp;
use uuid::Uuid;

use super::name::DisplayName;
use super::role::RoleRef;

/// How many members and service accounts can be put into a group, or taken out of it, in one call.
pub const MOST_AT_ONCE: usize = 500;

/// Members and service accounts that have the same roles, besides their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// The organization.
    pub organization: OrganizationId,
    /// Its name, unique there.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: String,
    /// What its members have besides their own role.
    pub roles: Vec<RoleRef>,
    /// How many are in it.
    pub member_count: i64,
    /// Rises with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Group {
    /// With the next version.
    #[must_use]
    pub fn changed(self, now: Timestamp) -> Self {
        Self {
            version: self.version.saturating_add(1),
            updated_at: now,
            ..self
        }
    }
}

/// Somebody who is or can be in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Insider {
    /// A member.
    Member(MemberId),
    /// A service account.
    ServiceAccount(ServiceAccountId),
}

impl Insider {
    /// The UUID to store.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Member(id) => id.uuid(),
            Self::ServiceAccount(id) => id.uuid(),
        }
    }

    /// The member, if it is one.
    pub fn member(self) -> Option<MemberId> {
        match self {
            Self::Member(id) => Some(id),
            Self::ServiceAccount(_) => None,
        }
    }

    /// The service account, if it is one.
    pub fn service_account(self) -> Option<ServiceAccountId> {
        match self {
            Self::Member(_) => None,
            Self::ServiceAccount(id) => Some(id),
        }
    }
}

impl fmt::Display for Insider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(id) => id.fmt(f),
            Self::ServiceAccount(id) => id.fmt(f),
        }
    }
}
