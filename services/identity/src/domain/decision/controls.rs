//! What an organization's people are held to, besides their roles.

use serde::{Deserialize, Serialize};

use super::permission::PermissionSet;

/// What the operator delegates to the administrators of a partner (domain row 8).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr, strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum DelegationFlag {
    /// Making members, groups and service accounts.
    AllowUserCreation,
    /// Issuing keys and resetting credentials.
    AllowCredentialChanges,
    /// Uploading and generating encryption keys.
    AllowEncryptionKeys,
    /// Setting how members must sign in.
    AllowMfaPolicyChanges,
}

impl DelegationFlag {
    /// The word for it, as the contract shows it.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn bit(self) -> u32 {
        match self {
            Self::AllowUserCreation => 1,
            Self::AllowCredentialChanges => 1 << 1,
            Self::AllowEncryptionKeys => 1 << 2,
            Self::AllowMfaPolicyChanges => 1 << 3,
        }
    }
}

/// A feature area that is switched on per tenant and per company (domain row 24).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, strum::EnumString, strum::IntoStaticStr, strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Module {
    /// A partner's cockpit over its clients.
    Cockpit,
    /// The catalogue of a client's products.
    Catalogue,
}

impl Module {
    /// The word for it, as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn bit(self) -> u32 {
        match self {
            Self::Cockpit => 1,
            Self::Catalogue => 1 << 1,
        }
    }
}

macro_rules! set_of {
    ($(#[$doc:meta])* $name:ident, $item:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(try_from = "Vec<String>", into = "Vec<String>")]
        pub struct $name(u32);

        impl $name {
            /// Whether it is in.
            pub fn contains(self, item: $item) -> bool {
                self.0 & item.bit() != 0
            }

            /// With it in.
            #[must_use]
            pub fn with(self, item: $item) -> Self {
                Self(self.0 | item.bit())
            }

            /// With it out.
            #[must_use]
            pub fn without(self, item: $item) -> Self {
                Self(self.0 & !item.bit())
            }

            /// Whether none is in.
            pub fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// What is in.
            pub fn iter(self) -> impl Iterator<Item = $item> {
                use strum::VariantArray as _;
                $item::VARIANTS.iter().copied().filter(move |item| self.contains(*item))
            }

            /// The words of what is in, as they are stored.
            pub fn words(self) -> Vec<String> {
                self.iter().map(|item| item.as_str().to_owned()).collect()
            }
        }

        impl FromIterator<$item> for $name {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                items.into_iter().fold(Self::default(), Self::with)
            }
        }

        impl TryFrom<Vec<String>> for $name {
            type Error = strum::ParseError;

            fn try_from(words: Vec<String>) -> Result<Self, Self::Error> {
                words.iter().map(|word| word.parse::<$item>()).collect()
            }
        }

        impl From<$name> for Vec<String> {
            fn from(set: $name) -> Self {
                set.words()
            }
        }
    };
}

set_of! {
    /// The flags that are on.
    DelegationFlags, DelegationFlag
}
set_of! {
    /// Some modules.
    Modules, Module
}

/// Whether a second factor is asked for (domain row 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum SecondFactorPolicy {
    /// What stands above decides: the organization for a member, the operator for an organization; in the end it isn't.
    #[default]
    Inherit,
    /// It is.
    Always,
    /// It isn't, unless the operator requires it.
    Never,
}

impl SecondFactorPolicy {
    /// The word for it, as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What an organization's people are held to. Set once for the whole organization, so that a new person needs no
/// further set-up (domain row 1).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Controls {
    /// The most that its people may do, as the operator says; none means no such bound.
    pub ceiling: Option<PermissionSet>,
    /// What the operator delegates, where it is a partner's.
    pub delegation: DelegationFlags,
    /// Whether the organization asks its own people for a second factor.
    #[serde(with = "super::text::word")]
    pub second_factor: SecondFactorPolicy,
    /// Whether the operator requires one of them, whatever the organization says.
    pub second_factor_required: bool,
    /// The modules that are switched off here.
    pub modules_off: Modules,
}

impl Controls {
    /// The same, and what stands above is held to as well; what the organization says of itself stays.
    #[must_use]
    pub fn within(self, above: &Self) -> Self {
        let delegated = |flag: &DelegationFlag| above.delegation.contains(*flag);
        Self {
            ceiling: match (self.ceiling, above.ceiling) {
                (Some(own), Some(theirs)) => Some(own.intersection(theirs)),
                (own, theirs) => own.or(theirs),
            },
            delegation: self.delegation.iter().filter(delegated).collect(),
            second_factor_required: self.second_factor_required || above.second_factor_required,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_read_back_as_they_were_written() {
        let controls = Controls {
            ceiling: Some(PermissionSet::default()),
            delegation: [
                DelegationFlag::AllowUserCreation,
                DelegationFlag::AllowEncryptionKeys,
            ]
            .into_iter()
            .collect(),
            second_factor: SecondFactorPolicy::Always,
            second_factor_required: true,
            modules_off: Modules::default().with(Module::Catalogue),
        };
        let text = serde_json::to_string(&controls).unwrap();
        assert_eq!(serde_json::from_str::<Controls>(&text).unwrap(), controls);
    }

    #[test]
    fn a_flag_is_on_until_it_is_taken_out() {
        let flags = DelegationFlags::default().with(DelegationFlag::AllowMfaPolicyChanges);
        assert!(flags.contains(DelegationFlag::AllowMfaPolicyChanges));
        assert!(!flags.contains(DelegationFlag::AllowUserCreation));
        assert!(flags.without(DelegationFlag::AllowMfaPolicyChanges).is_empty());
    }
}
