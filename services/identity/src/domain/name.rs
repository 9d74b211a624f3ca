//! Names that people give to organizations and to themselves.

use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

const LONGEST: usize = 120;

/// A name that can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left of it without spaces.
    #[error("is empty: give a name of 1 to 120 characters")]
    Empty,
    /// It is too long.
    #[error("has more than 120 characters: give a shorter one")]
    TooLong,
    /// It has a character that can't be seen.
    #[error("contains a control character: remove it")]
    Control,
    /// It has a character that shows nothing, or turns the order of others.
    #[error("contains a character that can't be seen: remove it")]
    Unseen,
}

/// A name as it is shown: composed characters, single spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// Parses a name.
    ///
    /// # Errors
    /// [`NameError`] when it is empty, too long or has control characters.
    pub fn new(text: &str) -> Result<Self, NameError> {
        if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
            return Err(NameError::Control);
        }
        if text.chars().any(is_unseen) {
            return Err(NameError::Unseen);
        }
        let composed: String = text.nfc().collect();
        let name = composed.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(NameError::Empty);
        }
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

/// Soft hyphens, spaces of no width, marks of direction and the like: with one of them a name looks like another one. The
/// two joiners are not among them, since some scripts and the pictures of emoji are written with them.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
            | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
    )
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

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// The form in which names are compared and searched (Unicode NFKC, lower case, single spaces).
pub fn key(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_joiner(*c));
    let folded: String = seen.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
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
    fn forms_of_one_character_are_the_same() {
        assert_eq!(key("Ｂｅｒｇｅｒ"), key("Berger"));
        assert_eq!(key("Zu\u{308}rich"), key("ZÜRICH"));
    }

    #[test]
    fn a_name_that_shows_nothing_is_refused() {
        assert_eq!(DisplayName::new(" \t"), Err(NameError::Empty));
        assert_eq!(DisplayName::new("a\u{7}b"), Err(NameError::Control));
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

    #[test]
    fn what_cant_be_seen_makes_no_other_name() {
        for text in [
            "Alp\u{200b}ina",
            "\u{202e}anipla",
            "Alp\u{ad}ina",
            "Alpina\u{feff}",
        ] {
            assert_eq!(DisplayName::new(text), Err(NameError::Unseen), "{text:?}");
        }
        assert_eq!(key("Alp\u{200d}ina"), key("Alpina"));
    }
}
