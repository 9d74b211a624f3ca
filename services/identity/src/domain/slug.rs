//! Short names that stand in addresses and paths.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;

const LONGEST: usize = 63;
/// What a made slug leaves for what tells it from another one.
const STEM: usize = 54;

/// A name that is safe in a path and as a label of a host: lower-case ASCII letters, digits and hyphens within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(String);

/// A text that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no short name: give 1 to 63 of `a` to `z`, `0` to `9` and `-`, with no `-` at an end")]
pub struct NotASlug;

impl Slug {
    /// Makes one of a name: `Société Générale` becomes `societe-generale`. None where nothing of the name is left.
    pub fn of_name(name: &str) -> Option<Self> {
        let mut text = String::new();
        for c in name.nfkd().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                text.push(c);
            } else if !c.is_ascii() && !c.is_alphanumeric() && !c.is_whitespace() {
                // A mark that stood on the letter before.
            } else if !text.is_empty() && !text.ends_with('-') {
                text.push('-');
            }
        }
        let stem: String = text.chars().take(STEM).collect();
        stem.trim_end_matches('-').parse().ok()
    }

    /// Makes one of a name, or of an id where nothing of the name is left.
    pub fn of(name: &str, id: &str) -> Self {
        Self::of_name(name).unwrap_or_else(|| Self("o".to_owned()).told_apart(id))
    }

    /// The same, told from another one by the last characters of an id.
    #[must_use]
    pub fn told_apart(&self, id: &str) -> Self {
        let end: Vec<char> = id
            .chars()
            .rev()
            .filter(char::is_ascii_alphanumeric)
            .take(8)
            .collect();
        let end: String = end.into_iter().rev().collect();
        let stem: String = self.0.chars().take(STEM).collect();
        Self(format!(
            "{}-{}",
            stem.trim_end_matches('-'),
            end.to_ascii_lowercase()
        ))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = NotASlug;

    fn from_str(text: &str) -> Result<Self, NotASlug> {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = (1..=LONGEST).contains(&text.len()) && text.chars().all(known);
        if !fits || text.starts_with('-') || text.ends_with('-') {
            return Err(NotASlug);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_becomes_a_slug_without_its_accents() {
        for (name, slug) in [
            ("Société Générale", "societe-generale"),
            ("  Alpina & Söhne, AG.", "alpina-sohne-ag"),
            ("ＡＢＣ 42", "abc-42"),
        ] {
            assert_eq!(Slug::of_name(name).unwrap().as_str(), slug);
        }
        assert_eq!(Slug::of_name("株式会社"), None);
    }

    #[test]
    fn nothing_that_leads_elsewhere_is_a_slug() {
        for text in ["", "..", "a/b", "-a", "a-", "A", "é", "a.b", &"x".repeat(64)] {
            assert_eq!(text.parse::<Slug>(), Err(NotASlug), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_made_of_a_name_is_a_slug(name: String, id in "[a-z0-9]{26}") {
            if let Some(slug) = Slug::of_name(&name) {
                prop_assert_eq!(slug.as_str().parse::<Slug>(), Ok(slug.clone()));
                let other = slug.told_apart(&id);
                prop_assert_eq!(other.as_str().parse::<Slug>(), Ok(other.clone()));
            }
        }
    }
}
