//! What moves the access data.

use std::fmt;

use entente_ids::{
    GroupId, OrganizationId, PartnershipId, PrincipalId, ProductId, RoleId, SessionId, UserId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::controls::{Controls, SecondFactorPolicy};
use super::permission::PermissionSet;
use super::text;
use crate::domain::organization::{OrganizationKind, OrganizationState};
use crate::domain::role::RoleRef;

/// The number of a state of the access data. It rises by one with every transaction that moves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Revision(i64);

impl Revision {
    /// The revision with this number.
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The one that follows.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One change of the access data, as it is stored with its revision. It says how things are since, not what differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// An organization.
    Organization {
        /// Which one.
        #[serde(with = "text::id")]
        id: OrganizationId,
        /// What kind it is.
        #[serde(with = "text::word")]
        kind: OrganizationKind,
        /// Where it stands.
        #[serde(with = "text::word")]
        state: OrganizationState,
        /// What its people are held to.
        controls: Controls,
    },
    /// Somebody who is in, or was.
    Member(Membership),
    /// What a custom role holds.
    Role {
        /// Where.
        #[serde(with = "text::id")]
        organization: OrganizationId,
        /// Which one.
        #[serde(with = "text::id")]
        role: RoleId,
        /// What it holds; none once it is deleted.
        permissions: Option<PermissionSet>,
    },
    /// The roles of a group. Who is in it stands with the members.
    Group {
        /// Where.
        #[serde(with = "text::id")]
        organization: OrganizationId,
        /// Which one.
        #[serde(with = "text::id")]
        group: GroupId,
        /// Its roles; none once it is deleted.
        roles: Vec<RoleRef>,
    },
    /// Whether a client stands on the referral list of a partner's advisor.
    Referral {
        /// The partner.
        #[serde(with = "text::id")]
        partner: OrganizationId,
        /// The advisor.
        #[serde(with = "text::id")]
        advisor: UserId,
        /// The client.
        #[serde(with = "text::id")]
        client: OrganizationId,
        /// Whether it stands there.
        listed: bool,
    },
    /// A session that has ended while access tokens of it may still be valid.
    SessionRevoked {
        /// Which one.
        #[serde(with = "text::id")]
        session: SessionId,
        /// Whose.
        #[serde(with = "text::id")]
        principal: PrincipalId,
        /// When the last of its access tokens has expired, so that it needn't be known any more.
        until: Timestamp,
    },
    /// What a mandate grants.
    Grant(Grant),
    /// What billing says.
    Gate(GateSetting),
}

/// A place in an organization, as decisions know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Where.
    #[serde(with = "text::id")]
    pub organization: OrganizationId,
    /// Who.
    #[serde(with = "text::id")]
    pub principal: PrincipalId,
    /// The role; none where it was deleted.
    pub role: Option<RoleRef>,
    /// The groups.
    #[serde(with = "text::ids")]
    pub groups: Vec<GroupId>,
    /// Whether the person can bind the organization.
    pub legal_representative: bool,
    /// Whether a second factor is asked of the person here.
    #[serde(with = "text::word")]
    pub second_factor: SecondFactorPolicy,
    /// Whether they are in.
    pub active: bool,
}

/// What a mandate grants: the partner's people may do at the client's what they may do at home, within the ceiling and
/// the scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// The partnership that it comes from.
    #[serde(with = "text::id")]
    pub partnership: PartnershipId,
    /// The organization acted upon.
    #[serde(with = "text::id")]
    pub client: OrganizationId,
    /// The organization that acts.
    #[serde(with = "text::id")]
    pub partner: OrganizationId,
    /// Rises with every change of the mandate.
    pub version: i64,
    /// Whether it has ended.
    pub ended: bool,
    /// What it covers.
    pub scope: Scope,
    /// The most that it allows.
    pub ceiling: PermissionSet,
    /// When it ends by itself.
    pub end_time: Option<Timestamp>,
}

/// What a mandate covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole organization.
    Complete,
    /// Some of its products, and nothing else.
    Limited(#[serde(with = "text::ids")] Vec<ProductId>),
}

/// What billing says of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateSetting {
    /// The organization.
    #[serde(with = "text::id")]
    pub organization: OrganizationId,
    /// The gate.
    #[serde(with = "text::word")]
    pub gate: Gate,
    /// Whether it is open.
    pub open: bool,
    /// What is missing while it is closed, in the words of a person.
    pub missing: Vec<String>,
    /// Rises with every change.
    pub version: i64,
}

/// Billing's say on whether an operation may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Gate {
    /// The acting organization has set up its billing.
    BillingSetUp,
}

impl Gate {
    /// The word for it, as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What is missing where billing has said nothing yet.
    pub fn missing_at_first(self) -> &'static str {
        match self {
            Self::BillingSetUp => "billing account",
        }
    }
}
