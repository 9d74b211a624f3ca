//! Names that people give: what may be in one, and how two are compared. Every service takes and compares them alike.
//!
//! ```
//! assert_eq!(entente_names::clean("  Berger   SA ").as_deref(), Ok("Berger SA"));
//! assert_eq!(entente_names::key("ＢＥＲＧＥＲ SA"), entente_names::key("Berger SA"));
//! ```

use unicode_normalization::UnicodeNormalization as _;

/// A name that can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is left of it without spaces.
    #[error("is empty: give a name")]
    Empty,
    /// It has a character that does something instead of showing something.
    #[error("contains a control character: remove it")]
    Control,
    /// It has a character that shows nothing, or turns the order of others.
    #[error("contains a character that can't be seen: remove it")]
    Unseen,
}

/// A name as it is shown: composed characters (Unicode NFC), single spaces. How long it may be is for whom it belongs to.
///
/// # Errors
/// [`NameError`] when it is empty, or has characters that nobody sees.
pub fn clean(text: &str) -> Result<String, NameError> {
    if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return Err(NameError::Control);
    }
    if text.chars().any(is_unseen) {
        return Err(NameError::Unseen);
    }
    let composed: String = text.nfc().collect();
    let name = single_spaced(&composed);
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    Ok(name)
}

/// The form in which names are compared, searched and ordered: neither case, nor spaces, nor forms of a character tell two
/// apart (Unicode NFKC, lower case, single spaces).
pub fn key(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_joiner(*c));
    let folded: String = seen.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    single_spaced(&folded)
}

/// Whether it is one of the two joiners, which show nothing by themselves and which some scripts and the pictures of emoji
/// are written with.
pub const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Soft hyphens, spaces of no width, marks of direction and the like: with one of them a name looks like another one. The
/// two joiners are not among them.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
            | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
    )
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_case_tell_no_two_names_apart() {
        assert_eq!(clean("  Toll   Gate "), Ok("Toll Gate".to_owned()));
        assert_eq!(key("  Toll   Gate "), key("toll gate"));
    }

    #[test]
    fn forms_of_one_character_are_the_same() {
        assert_eq!(key("Ｂｅｒｇｅｒ"), key("Berger"));
        assert_eq!(key("Zu\u{308}rich"), key("ZÜRICH"));
        assert_eq!(key("Alp\u{200d}ina"), key("Alpina"));
    }

    #[test]
    fn a_name_that_shows_nothing_is_refused() {
        assert_eq!(clean(" \t"), Err(NameError::Empty));
        assert_eq!(clean("a\u{7}b"), Err(NameError::Control));
    }

    #[test]
    fn what_cant_be_seen_makes_no_other_name() {
        for text in [
            "Alp\u{200b}ina",
            "\u{202e}anipla",
            "Alp\u{ad}ina",
            "Alpina\u{feff}",
        ] {
            assert_eq!(clean(text), Err(NameError::Unseen), "{text:?}");
        }
    }
}
