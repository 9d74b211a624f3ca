//! The languages that there are words in, and which of them a reader wants.

use http::{HeaderMap, header};

/// A language that the gateway speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    French,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::French];

    /// Its tag, as BCP 47 has it.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The one that `accept-language` prefers among those that there are; English otherwise.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let wanted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let mut best = ("", Self::English);
        for range in wanted.split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight = weight
                .trim()
                .strip_prefix("q=")
                .unwrap_or("1")
                .trim_end_matches(['0', '.']);
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let known = Self::ALL
                .into_iter()
                .find(|language| language.tag().eq_ignore_ascii_case(primary));
            // As texts, weights without trailing zeros stand in the order of their numbers; none is left of a zero.
            if let Some(known) = known.filter(|_| weight > best.0) {
                best = (weight, known);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(wanted: &str) -> &'static str {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, wanted.parse().unwrap());
        Language::wanted(&headers).tag()
    }

    #[test]
    fn the_known_language_that_is_wanted_most_is_taken() {
        for (wanted, expected) in [
            ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
            ("de, en-GB;q=0.8, fr;q=0.5", "en"),
            ("en;q=0.5, fr;q=0.85", "fr"),
            ("en;q=0, FR;q=0.1", "fr"),
            ("fr, en", "fr"),
            ("en;q=1.0, fr", "en"),
            ("frr, de", "en"),
            ("fr;q=0", "en"),
            ("*", "en"),
            ("", "en"),
        ] {
            assert_eq!(language(wanted), expected, "{wanted}");
        }
    }

    #[test]
    fn without_a_wish_it_is_english() {
        assert_eq!(Language::wanted(&HeaderMap::new()), Language::English);
    }
}
