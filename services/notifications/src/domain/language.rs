//! The languages that all texts exist in.

use strum::{EnumString, VariantArray};

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumString, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl Language {
    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }
}
