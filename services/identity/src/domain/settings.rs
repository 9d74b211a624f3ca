//! The general settings of organizations.

use std::collections::HashMap;
use std::str::FromStr;

use entente_ids::OrganizationId;
use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;

use super::email::EmailAddress;
use super::language::Language;

/// The general settings of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The organization.
    pub organization: OrganizationId,
    /// The language that its people are written to in; none means that of the installation.
    pub language: Option<Language>,
    /// The time zone that its people are told times in; none means that of the installation.
    pub time_zone: Option<ZoneName>,
    /// Rises with every change; zero while there was none.
    pub version: i64,
    /// When they were changed last.
    pub updated_at: Option<Timestamp>,
}

impl Settings {
    /// Those of an organization that has set nothing.
    pub fn unset(organization: OrganizationId) -> Self {
        Self {
            organization,
            language: None,
            time_zone: None,
            version: 0,
            updated_at: None,
        }
    }
}

/// How somebody is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    /// In which language.
    pub language: Language,
    /// With times of which zone.
    pub time_zone: ZoneName,
}

/// How the people of an organization are written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locales {
    /// Who has chosen nothing.
    pub usual: Locale,
    /// The languages that the others have chosen, by their address.
    pub chosen: HashMap<EmailAddress, Language>,
}

impl Locales {
    /// The language of who has the address.
    pub fn language(&self, email: &EmailAddress) -> Language {
        self.chosen.get(email).copied().unwrap_or(self.usual.language)
    }
}

/// The name of a time zone in the IANA database, written as it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneName(String);

/// A name that no time zone has.
#[derive(Debug, thiserror::Error)]
#[error("is no time zone: give a name of the IANA database, such as Europe/Zurich")]
pub struct UnknownZone;

impl ZoneName {
    /// Universal time.
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ZoneName {
    type Err = UnknownZone;

    /// By the database that is part of the program, so that every machine knows the same ones.
    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        let zone = TimeZoneDatabase::bundled().get(text).map_err(|_| UnknownZone)?;
        let name = zone.iana_name().ok_or(UnknownZone)?;
        Ok(Self(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_has_the_name_of_the_database() {
        for (given, name) in [
            ("Europe/Zurich", "Europe/Zurich"),
            ("europe/paris", "Europe/Paris"),
            ("UTC", "UTC"),
        ] {
            assert_eq!(given.parse::<ZoneName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn what_the_database_does_not_know_is_no_zone() {
        for text in ["", "Europe/Bern", "CET-1", "../../etc/passwd", "+02:00"] {
            assert!(text.parse::<ZoneName>().is_err(), "{text}");
        }
    }
}
