//! What each reason of an error says to people, in their language: what happened, and what they can do.
//!
//! The tables say in short what docs/errors.md says for programmers, in its order. A test holds them to its sections.

mod english;
mod french;

use entente_transcoder::LocalizedMessage;
use http::HeaderMap;

use crate::language::Language;

/// The words for a reason, in the language that the headers of a request ask for.
pub(crate) fn localize(reason: &str, headers: &HeaderMap) -> Option<LocalizedMessage> {
    let language = Language::wanted(headers).unwrap_or_default();
    Some(LocalizedMessage {
        locale: language.tag().to_owned(),
        message: of(language, reason)?.to_owned(),
    })
}

/// The words for a reason in a language. None for a reason of a service that is newer than the gateway.
pub(crate) fn of(language: Language, reason: &str) -> Option<&'static str> {
    let mut known = table(language).iter();
    known.find(|(known, _)| *known == reason).map(|(_, words)| *words)
}

/// Each reason with its words.
const fn table(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::English => english::MESSAGES,
        Language::French => french::MESSAGES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::REASONS;

    fn documented() -> Vec<&'static str> {
        REASONS
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect()
    }

    #[test]
    fn every_language_has_words_for_every_documented_reason_and_for_no_other() {
        for language in Language::ALL {
            let known: Vec<_> = table(language).iter().map(|(reason, _)| *reason).collect();
            assert_eq!(
                known,
                documented(),
                "messages/ in {language:?} is to have the reasons of docs/errors.md in their order"
            );
        }
    }

    #[test]
    fn words_are_whole_sentences_and_are_translated() {
        for reason in documented() {
            let [english, french] = Language::ALL.map(|language| of(language, reason).unwrap());
            assert_ne!(english, french, "{reason}");
            for words in [english, french] {
                assert!(words.ends_with('.') && !words.contains("  "), "{reason}: {words}");
            }
        }
    }

    #[test]
    fn an_unknown_reason_has_no_words() {
        assert_eq!(localize("ODD", &HeaderMap::new()), None);
    }
}
