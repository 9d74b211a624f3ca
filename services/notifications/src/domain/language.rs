//! The languages that all texts exist in.

use strum::VariantArray;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, VariantArray, clap::ValueEnum)]
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
