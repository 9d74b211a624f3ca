//! Roles: the built-in ones, and how one is named.

use std::fmt;
use std::str::FromStr;

use entente_ids::RoleId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A role that every installation has. What each holds stands in [`super::matrix`].
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum BuiltInRole {
    /// Reads.
    Viewer,
    /// Does the daily work.
    Member,
    /// Sets the organization up.
    Admin,
    /// Everything, billing included.
    Owner,
    /// Reserved for external users: nobody can be given it.
    Partner,
    /// By account type: everything, or nearly.
    AccountManager,
    /// By account type: invoices, payments, cards.
    BillingManager,
    /// By account type: organizations below one's own, and their offers.
    TechnicalManager,
    /// By account type: subscriptions.
    SubscriptionManager,
    /// By account type: the accounts of the clients on one's own referral list.
    DelegatedAccountAdministrator,
}

impl BuiltInRole {
    /// The word for it, in the contract and as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The name that people read, in English: `Account manager`.
    pub fn display_name(self) -> String {
        let words = self.as_str().replace('_', " ");
        let mut letters = words.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    }
}

/// A role of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleRef {
    /// One that every installation has.
    BuiltIn(BuiltInRole),
    /// One that the organization made.
    Custom(RoleId),
}

impl RoleRef {
    /// Every organization is owned by those with this role.
    pub const OWNER: Self = Self::BuiltIn(BuiltInRole::Owner);

    /// The built-in role, if it is one.
    pub fn built_in(self) -> Option<BuiltInRole> {
        match self {
            Self::BuiltIn(role) => Some(role),
            Self::Custom(_) => None,
        }
    }

    /// The custom role, if it is one.
    pub fn custom(self) -> Option<RoleId> {
        match self {
            Self::BuiltIn(_) => None,
            Self::Custom(id) => Some(id),
        }
    }
}

impl From<BuiltInRole> for RoleRef {
    fn from(role: BuiltInRole) -> Self {
        Self::BuiltIn(role)
    }
}

impl fmt::Display for RoleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.as_str()),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("names no role: give a built-in one such as `member`, or the id of a custom one, `rol_…`")]
pub struct UnknownRole;

impl FromStr for RoleRef {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(role) = text.parse() {
            return Ok(Self::BuiltIn(role));
        }
        text.parse().map(Self::Custom).map_err(|_| UnknownRole)
    }
}

impl Serialize for RoleRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RoleRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_role_reads_back_as_it_was_written() {
        let custom = RoleRef::Custom(RoleId::from_uuid(Uuid::from_u128(7)));
        let built_in = BuiltInRole::VARIANTS.iter().copied().map(RoleRef::BuiltIn);
        for role in built_in.chain([custom]) {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
    }

    #[test]
    fn what_names_no_role_is_refused() {
        for text in ["", "Owner", "boss", "rol_", "mem_01h455vb4pex5vsknk084sn02q"] {
            assert_eq!(text.parse::<RoleRef>(), Err(UnknownRole), "{text}");
        }
    }
}
