//! How somebody is written to.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::language::Language;

/// How somebody is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    /// In which language.
    pub language: Language,
    /// With times of which zone.
    pub zone: TimeZone,
}

impl Default for Locale {
    /// English and UTC: what the installation has while it has set nothing.
    fn default() -> Self {
        Self::new("", "")
    }
}

impl Locale {
    /// By the tag of the language and the name of the zone in the IANA database. What isn't known here is English, or UTC:
    /// it is better told so than not at all.
    pub fn new(language: &str, zone: &str) -> Self {
        Self {
            language: language.parse().unwrap_or_default(),
            zone: TimeZoneDatabase::bundled().get(zone).unwrap_or(TimeZone::UTC),
        }
    }

    /// The name of the zone.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_english_and_utc() {
        let known = Locale::new("fr", "Europe/Zurich");
        assert_eq!(
            (known.language, known.zone_name()),
            (Language::Fr, "Europe/Zurich")
        );
        let unknown = Locale::new("rm", "Europe/Chur");
        assert_eq!((unknown.language, unknown.zone_name()), (Language::En, "UTC"));
    }
}
