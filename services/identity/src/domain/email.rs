//! E-mail addresses as people are known by.

use std::fmt;
use std::str::FromStr;

/// An address in the one form in which it is stored and compared: trimmed and in lower case. Whether mail reaches it is
/// shown only by the link that is sent there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address in its one form. The contract has checked that it looks like one.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_lowercase())
    }

    /// The address that somebody takes of their own will, in its one form. Letters beyond ASCII are refused: many look like
    /// others, so two addresses could look the same, and many mail servers take none of them.
    ///
    /// # Errors
    /// [`LooksAlike`].
    pub fn chosen(text: &str) -> Result<Self, LooksAlike> {
        let address = Self::new(text);
        if address.0.is_ascii() {
            Ok(address)
        } else {
            Err(LooksAlike)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an e-mail address: give one like name@example.com")]
pub struct NotAnAddress;

/// An address with letters that others look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has letters beyond ASCII, which others look like: give the address with its domain as xn--…")]
pub struct LooksAlike;

impl FromStr for EmailAddress {
    type Err = NotAnAddress;

    /// For addresses that come past the contract. What a mail server decides is not guessed.
    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let address = Self::new(text);
        let (name, domain) = address.0.rsplit_once('@').ok_or(NotAnAddress)?;
        let printable = !address.0.chars().any(|c| c.is_whitespace() || c.is_control());
        let labels = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
        if name.is_empty() || name.contains('@') || !printable || !labels {
            return Err(NotAnAddress);
        }
        Ok(address)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_address_is_refused() {
        assert_eq!(
            "Eva@Alpina.example".parse(),
            Ok(EmailAddress::new("eva@alpina.example"))
        );
        for text in [
            "",
            "eva",
            "@alpina.example",
            "eva@alpina",
            "e va@alpina.example",
            "a@b@c.example",
            "eva@a..b",
        ] {
            assert_eq!(text.parse::<EmailAddress>(), Err(NotAnAddress), "{text}");
        }
    }

    #[test]
    fn letters_that_look_alike_make_other_addresses() {
        let own = EmailAddress::new("eva@alpina.example");
        for other in [
            "\u{435}va@alpina.example",
            "eva@\u{430}lpina.example",
            "ｅva@alpina.example",
        ] {
            assert_ne!(EmailAddress::new(other), own, "{other}");
            assert_eq!(EmailAddress::chosen(other), Err(LooksAlike), "{other}");
        }
    }

    #[test]
    fn an_address_is_the_same_whatever_its_case() {
        assert_eq!(
            EmailAddress::new(" Eva@Alpina.Example"),
            EmailAddress::new("eva@alpina.example")
        );
    }
}
