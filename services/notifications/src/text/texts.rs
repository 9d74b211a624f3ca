//! The catalogues of all languages.

use super::Catalogue;
use crate::domain::language::Language;

/// The catalogues of all languages.
#[derive(Debug)]
pub struct Texts {
    english: Catalogue,
    french: Catalogue,
}

impl Texts {
    /// All of them.
    ///
    /// # Errors
    /// Never, as a test shows: the messages are part of the program.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            english: Catalogue::new(Language::En)?,
            french: Catalogue::new(Language::Fr)?,
        })
    }

    /// That of a language.
    pub fn of(&self, language: Language) -> &Catalogue {
        match language {
            Language::En => &self.english,
            Language::Fr => &self.french,
        }
    }
}
