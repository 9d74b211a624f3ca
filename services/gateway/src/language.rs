//! The languages that there are words in, and which of them a reader wants.

use http::{HeaderMap, header};

/// A language that the gateway speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Language {
    #[default]
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

    /// The one that `accept-language` prefers among those that there are, if it wants any of them.
    pub(crate) fn wanted(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(header::ACCEPT_LANGUAGE).into_iter();
        let ranges = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','));
        let mut best = (0.0, None);
        for range in ranges {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let weight = weight(parameters);
            if let Some(known) = Self::of(tag).filter(|_| weight > best.0) {
                best = (weight, Some(known));
            }
        }
        best.1
    }

    /// The one that a tag means, whatever the country.
    pub(crate) fn of(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }
}

/// How much a language is wanted, from 0 to 1 (RFC 9110, 12.4.2): as much as can be where nothing is said, and not at all
/// where what is said is no weight.
fn weight(parameters: &str) -> f32 {
    let said = parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    let Some((_, weight)) = said else {
        return 1.0;
    };
    let weight = weight.trim().parse().ok();
    weight
        .filter(|weight| (0.0..=1.0).contains(weight))
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(wanted: &str) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, wanted.parse().unwrap());
        Language::wanted(&headers).map(Language::tag)
    }

    #[test]
    fn the_known_language_that_is_wanted_most_is_taken() {
        for (wanted, expected) in [
            ("fr-CH, fr;q=0.9, en;q=0.8", Some("fr")),
            ("de, en-GB;q=0.8, fr;q=0.5", Some("en")),
            ("en;q=0.5, fr;q=0.85", Some("fr")),
            ("en;q=0, FR;q=0.1", Some("fr")),
            ("fr, en", Some("fr")),
            ("en;q=1.0, fr", Some("en")),
            ("frr, de", None),
            ("fr;q=0", None),
            ("en;q=0.5, fr; Q=0.9", Some("fr")),
            ("fr;q=much, en;q=0.1", Some("en")),
            ("fr;q=9, fr;q=NaN, en;q=0.1", Some("en")),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(language(wanted), expected, "{wanted}");
        }
    }

    #[test]
    fn a_wish_may_stand_in_several_lines() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT_LANGUAGE, "en;q=0.5".parse().unwrap());
        headers.append(header::ACCEPT_LANGUAGE, "fr".parse().unwrap());
        assert_eq!(Language::wanted(&headers), Some(Language::French));
    }

    #[test]
    fn without_a_wish_it_is_none_and_so_english() {
        let wanted = Language::wanted(&HeaderMap::new());
        assert_eq!((wanted, wanted.unwrap_or_default()), (None, Language::English));
    }
}
