//! Names that people give to things, and how they are compared.

use unicode_normalization::UnicodeNormalization;

/// Characters of a key that count. It bounds what a page token carries; no name of the contract is longer.
const KEY_LENGTH: usize = 120;

/// A name that can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left of it without spaces.
    #[error("is empty: give a name")]
    Empty,
    /// It has a character that can't be seen.
    #[error("contains a control character: remove it")]
    Control,
}

/// A name as it is shown: composed characters, single spaces. How long it may be is said by the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Parses a name.
    ///
    /// # Errors
    /// [`NameError`] when it is empty or has control characters.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
            return Err(NameError::Control);
        }
        let composed: String = text.nfc().collect();
        let name = composed.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        Ok(Self(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes two names the same, and orders them.
    pub fn key(&self) -> String {
        key(&self.0)
    }
}

/// The form in which names are compared, searched and ordered (Unicode NFKC, lower case, single spaces).
pub fn key(text: &str) -> String {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    let spaced = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    spaced.chars().take(KEY_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_case_nor_spaces_tell_two_names_apart() {
        let (one, other) = (
            Name::new("  Toll   Gate ").unwrap(),
            Name::new("toll gate").unwrap(),
        );
        assert_eq!(one.as_str(), "Toll Gate");
        assert_eq!(one.key(), other.key());
        assert_eq!(key("Zu\u{308}rich"), key("ZÜRICH"));
    }

    #[test]
    fn a_name_that_shows_nothing_is_refused() {
        assert_eq!(Name::new(" \t"), Err(NameError::Empty));
        assert_eq!(Name::new("a\u{7}b"), Err(NameError::Control));
    }

    #[test]
    fn a_key_is_bounded_whatever_its_characters_unfold_to() {
        assert_eq!(key(&"\u{fdfa}".repeat(120)).chars().count(), KEY_LENGTH);
    }
}
