//! The languages that people are written to in.

/// A language in which everything is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
}

impl Language {
    /// Its tag (BCP 47), in the contract and as it is stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
