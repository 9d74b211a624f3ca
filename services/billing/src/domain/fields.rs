//! The values of an account.

use std::fmt;

use secrecy::SecretString;

/// A value that can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// It has a character that can't be seen.
    #[error("contains a control character: remove it")]
    Control,
    /// It is no code of ISO 3166-1 alpha-2.
    #[error("is not a country code: give two capital letters, such as CH")]
    Country,
    /// They aren't four digits.
    #[error("is not four digits: give the last four of the card")]
    LastFour,
}

/// A text of one line, such as a name; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    /// Parses a text; nothing is left of one without anything to see.
    ///
    /// # Errors
    /// [`FieldError::Control`].
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err(FieldError::Control);
        }
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text of some lines, such as an address; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines(String);

impl Lines {
    /// Parses a text; nothing is left of one without anything to see. Lines end in `\n`, whatever wrote them.
    ///
    /// # Errors
    /// [`FieldError::Control`].
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(FieldError::Control);
        }
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A country, as ISO 3166-1 alpha-2 writes it. Codes come and go: whether it is in use now is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountryCode(String);

impl CountryCode {
    /// Parses a code; nothing is left of an empty one.
    ///
    /// # Errors
    /// [`FieldError::Country`].
    pub fn parse(text: &str) -> Result<Option<Self>, FieldError> {
        if text.is_empty() {
            return Ok(None);
        }
        if text.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(FieldError::Country);
        }
        Ok(Some(Self(text.to_owned())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The last four digits of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastFour(String);

impl LastFour {
    /// Parses the digits.
    ///
    /// # Errors
    /// [`FieldError::LastFour`].
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        if text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FieldError::LastFour);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A card, as people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The brand.
    pub brand: Line,
    /// The last four digits.
    pub last_four: LastFour,
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.brand.as_str(), self.last_four.as_str())
    }
}

/// A card with the provider's token, on its way to the database: it is never read back.
#[derive(Debug, Clone)]
pub struct NewCard {
    /// The card.
    pub card: Card,
    /// The provider's token.
    pub token: SecretString,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_two_capital_letters() {
        assert_eq!(CountryCode::parse("CH").unwrap().unwrap().as_str(), "CH");
        assert_eq!(CountryCode::parse(""), Ok(None));
        for wrong in ["ch", "C", "CHE", "C1", "ÄÖ", " C"] {
            assert_eq!(CountryCode::parse(wrong), Err(FieldError::Country), "{wrong}");
        }
    }

    #[test]
    fn the_last_four_are_digits() {
        assert!(LastFour::parse("0042").is_ok());
        for wrong in ["", "42", "42424", "42 2", "４２４２"] {
            assert_eq!(LastFour::parse(wrong), Err(FieldError::LastFour), "{wrong}");
        }
    }

    #[test]
    fn what_shows_nothing_is_nothing() {
        assert_eq!(Line::parse(" \t "), Ok(None));
        assert_eq!(Lines::parse(" \r\n "), Ok(None));
    }

    #[test]
    fn an_address_has_lines_and_a_name_has_one() {
        let address = Lines::parse("Seestrasse 1\r\n8000 Zürich ").unwrap().unwrap();
        assert_eq!(address.as_str(), "Seestrasse 1\n8000 Zürich");
        assert_eq!(Line::parse("Berger\nSA"), Err(FieldError::Control));
        assert_eq!(Lines::parse("a\u{7}b"), Err(FieldError::Control));
    }

    #[test]
    fn a_token_is_not_printed() {
        let card = Card {
            brand: Line::parse("visa").unwrap().unwrap(),
            last_four: LastFour::parse("4242").unwrap(),
        };
        let new = NewCard {
            card,
            token: "tok_secret".into(),
        };
        assert!(!format!("{new:?}").contains("tok_secret"));
    }
}
