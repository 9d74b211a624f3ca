//! The messages of one language (Project Fluent), which are part of the program.

use std::fmt;

use anyhow::anyhow;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::facts::{Fact, Facts};
use crate::domain::kind::Kind;
use crate::domain::language::Language;

/// The messages of one language.
pub struct Catalogue {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl Catalogue {
    /// The catalogue of a language.
    ///
    /// # Errors
    /// Never, as a test shows: the messages are part of the program.
    pub fn new(language: Language) -> anyhow::Result<Self> {
        let source = match language {
            Language::En => include_str!("../../locales/en/notifications.ftl"),
            Language::Fr => include_str!("../../locales/fr/notifications.ftl"),
        };
        let resource = FluentResource::try_new(source.to_owned())
            .map_err(|(_, errors)| anyhow!("the messages in {} can't be read: {errors:?}", language.tag()))?;
        let mut bundle = FluentBundle::new_concurrent(vec![language.tag().parse()?]);
        // The marks around each name would stand in subjects and links; names bring none of their own (see Facts).
        bundle.set_use_isolating(false);
        bundle
            .add_resource(resource)
            .map_err(|errors| anyhow!("a message stands twice: {errors:?}"))?;
        Ok(Self { language, bundle })
    }

    /// Its language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The title and the body of a notification in the app, with times of a zone.
    pub fn notification(&self, kind: Kind, facts: &Facts, zone: &TimeZone) -> (String, String) {
        let arguments = self.arguments(facts, zone);
        (
            self.of_kind(kind, "title", &arguments),
            self.of_kind(kind, "body", &arguments),
        )
    }

    /// The arguments that the names make, with times of a zone.
    pub(super) fn arguments<'a>(&self, facts: &'a Facts, zone: &TimeZone) -> FluentArgs<'a> {
        let mut arguments = FluentArgs::new();
        for (name, value) in facts.iter() {
            arguments.set(name, value);
        }
        if let Some(end) = facts.get(Fact::End).and_then(|end| end.parse::<Timestamp>().ok()) {
            arguments.set(<&str>::from(Fact::End), self.time(end, zone));
        }
        arguments
    }

    /// A time of a zone, in words.
    pub(super) fn time(&self, time: Timestamp, zone: &TimeZone) -> String {
        let time = time.to_zoned(zone.clone());
        let mut arguments = FluentArgs::new();
        arguments.set("day", time.day());
        arguments.set("month", time.month());
        arguments.set("year", time.year().to_string());
        arguments.set("time", time.strftime("%H:%M").to_string());
        arguments.set("zone", time.strftime("%Z").to_string());
        self.text("time", None, &arguments)
    }

    /// An attribute of the message of a kind.
    pub(super) fn of_kind(&self, kind: Kind, attribute: &str, arguments: &FluentArgs<'_>) -> String {
        self.text(&message_of(kind), Some(attribute), arguments)
    }

    /// A message. One that is missing or lacks an argument is a fault of ours; it is logged, and its name shown.
    pub(super) fn text(&self, message: &str, attribute: Option<&str>, arguments: &FluentArgs<'_>) -> String {
        let found = self
            .bundle
            .get_message(message)
            .and_then(|found| match attribute {
                None => found.value(),
                Some(attribute) => found.get_attribute(attribute).map(|attribute| attribute.value()),
            });
        let Some(pattern) = found else {
            tracing::error!(
                message,
                attribute,
                language = self.language.tag(),
                "a text is missing"
            );
            return message.to_owned();
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(arguments), &mut errors);
        if !errors.is_empty() {
            tracing::error!(
                message,
                attribute,
                language = self.language.tag(),
                ?errors,
                "a text lacks something"
            );
        }
        text.into_owned()
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue")
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

fn message_of(kind: Kind) -> String {
    kind.as_str().replace(['.', '_'], "-")
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    fn facts() -> Facts {
        [
            Fact::Organization,
            Fact::Client,
            Fact::Partner,
            Fact::Person,
            Fact::Reason,
            Fact::Address,
            Fact::Place,
            Fact::Program,
            Fact::CodesLeft,
            Fact::Key,
            Fact::End,
        ]
        .into_iter()
        .fold(Facts::default(), |facts, fact| facts.with(fact, "Berger SA"))
    }

    #[test]
    fn every_text_stands_in_every_language() {
        let (facts, mut missing) = (facts(), Vec::new());
        let counts = Language::VARIANTS.iter().map(|language| {
            let catalogue = Catalogue::new(*language).unwrap();
            let mut arguments = catalogue.arguments(&facts, &TimeZone::UTC);
            arguments.set("until", catalogue.time(Timestamp::UNIX_EPOCH, &TimeZone::UTC));
            let mut texts = 0;
            for kind in Kind::VARIANTS {
                for attribute in ["title", "body", "subject", "text", "note"] {
                    let message = message_of(*kind);
                    let Some(found) = catalogue.bundle.get_message(&message) else {
                        missing.push((*language, *kind));
                        continue;
                    };
                    let Some(found) = found.get_attribute(attribute) else {
                        continue;
                    };
                    let mut errors = Vec::new();
                    catalogue
                        .bundle
                        .format_pattern(found.value(), Some(&arguments), &mut errors);
                    assert!(
                        errors.is_empty(),
                        "{message}.{attribute} in {language:?}: {errors:?}"
                    );
                    texts += 1;
                }
            }
            texts
        });
        let counts: Vec<i32> = counts.collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    }

    #[test]
    fn a_notification_reads_in_its_language() {
        let facts = Facts::default()
            .with(Fact::Client, "Berger SA")
            .with(Fact::Partner, "Alpina");
        let title = |language| {
            Catalogue::new(language)
                .unwrap()
                .notification(Kind::InvitationRefused, &facts, &TimeZone::UTC)
                .0
        };
        assert_eq!(title(Language::En), "Alpina has refused");
        assert_eq!(title(Language::Fr), "Alpina a refusé");
    }

    #[test]
    fn an_end_that_was_stored_as_a_day_is_told_as_it_stands() {
        let stored = serde_json::json!({"key": "Files", "organization": "Alpina", "day": "2026-12-31"});
        let facts: Facts = serde_json::from_value(stored).unwrap();
        let english = Catalogue::new(Language::En).unwrap();
        let (title, _) = english.notification(Kind::EncryptionKeyExpiring, &facts, &TimeZone::UTC);
        assert_eq!(title, "The key Files expires on 2026-12-31");
    }
}
