//! Names that people give to organizations and to themselves.

use std::str::FromStr;

use entente_names::is_joiner;
pub use entente_names::key;
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::skeleton;

const LONGEST: usize = 120;

/// A name that can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It is empty, or has characters that nobody sees.
    #[error(transparent)]
    Unclean(#[from] entente_names::NameError),
    /// It is too long.
    #[error("has more than 120 characters: give a shorter one")]
    TooLong,
}

/// A name as it is shown: composed characters, single spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// Parses a name.
    ///
    /// # Errors
    /// [`NameError`] when it is empty, too long or has characters that nobody sees.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let name = entente_names::clean(text)?;
        if name.chars().count() > LONGEST {
            return Err(NameError::TooLong);
        }
        Ok(Self(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes two names the same: neither case, nor spaces, nor forms of a character tell them apart.
    pub fn key(&self) -> String {
        key(&self.0)
    }

    /// What makes two names look the same, letters of another script too.
    pub fn look(&self) -> String {
        let shown: String = self.0.chars().filter(|c| !is_joiner(*c)).nfkc().collect();
        let small: String = drawn(&shown).to_lowercase();
        key(&drawn(&small))
    }
}

impl FromStr for DisplayName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl From<DisplayName> for String {
    fn from(name: DisplayName) -> Self {
        name.0
    }
}

/// Each character beyond ASCII as the one that it is drawn like (UTS #39, skeleton). Those of ASCII stay, since `m` and
/// `rn` are two names.
fn drawn(text: &str) -> String {
    let mut drawn = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            drawn.push(c);
        } else {
            drawn.extend(skeleton(c.encode_utf8(&mut [0; 4])));
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_case_tell_no_two_names_apart() {
        let (one, other) = (
            DisplayName::new("  Berger   SA ").unwrap(),
            DisplayName::new("berger sa").unwrap(),
        );
        assert_eq!(one.as_str(), "Berger SA");
        assert_eq!(one.key(), other.key());
    }

    #[test]
    fn a_name_that_is_unclean_or_too_long_is_refused() {
        use entente_names::NameError as Unclean;
        assert_eq!(DisplayName::new(" \t"), Err(Unclean::Empty.into()));
        assert_eq!(DisplayName::new("Alp\u{200b}ina"), Err(Unclean::Unseen.into()));
        assert_eq!(DisplayName::new(&"x".repeat(121)), Err(NameError::TooLong));
    }

    #[test]
    fn names_in_letters_that_look_alike_look_the_same() {
        let look = |text| DisplayName::new(text).unwrap().look();
        for (one, other) in [
            ("Alpina", "\u{410}lpina"),
            ("alpina", "\u{3b1}lp\u{456}na"),
            ("ABC", "\u{410}\u{412}\u{421}"),
            ("Énergie  SA", "e\u{301}nergie sa"),
        ] {
            assert_eq!(look(one), look(other), "{one} {other}");
        }
        for (one, other) in [("Corn", "Com"), ("Cle", "Clé"), ("Berger 1", "Berger l")] {
            assert_ne!(look(one), look(other), "{one} {other}");
        }
    }
}
