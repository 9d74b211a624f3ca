//! Names that people give to things, and how they are compared.

pub use entente_names::NameError;

/// Characters of a key that count. It bounds what a page token carries; no name of the contract is longer.
const KEY_LENGTH: usize = 120;

/// A name as it is shown: composed characters, single spaces. How long it may be is said by the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Parses a name.
    ///
    /// # Errors
    /// [`NameError`] when it is empty or has characters that nobody sees.
    pub fn new(text: &str) -> Result<Self, NameError> {
        entente_names::clean(text).map(Self)
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

/// The form in which names are compared, searched and ordered.
pub fn key(text: &str) -> String {
    entente_names::key(text).chars().take(KEY_LENGTH).collect()
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
    fn what_cant_be_seen_makes_no_other_name() {
        assert_eq!(Name::new("Toll\u{200b}Gate"), Err(NameError::Unseen));
    }

    #[test]
    fn a_key_is_bounded_whatever_its_characters_unfold_to() {
        assert_eq!(key(&"\u{fdfa}".repeat(120)).chars().count(), KEY_LENGTH);
    }
}
