//! Which passwords people may choose. There are no rules of composition: those make passwords that are hard to remember
//! and easy to guess (NIST SP 800-63B, section 3.1.1.2).

use unicode_normalization::UnicodeNormalization as _;

use super::name::key;

/// In characters.
const SHORTEST: usize = 12;
/// In characters.
const LONGEST: usize = 128;
/// Of zxcvbn's scores: from here on a thief of the slow hashes has at least 10^10 guesses before this one. Below it are
/// two words with a year.
const SAFE: u8 = 4;

/// Why a password can't be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFlaw {
    /// It is too short.
    #[error("has fewer than 12 characters: choose a longer one")]
    TooShort,
    /// It is too long.
    #[error("has more than 128 characters: choose a shorter one")]
    TooLong,
    /// It is what everybody knows of the person.
    #[error("is your address or your name: choose another")]
    Personal,
    /// It is, or is made of, what is tried first.
    #[error("is easy to guess: choose several words that have nothing to do with each other")]
    Guessable,
}

/// The one form in which a password is checked and hashed: keyboards write one character in several ways.
pub fn normal(password: &str) -> String {
    password.nfkc().collect()
}

/// Checks a password that somebody chooses; `about` is what is known of them, such as their name. Passwords that many
/// people use, words, names, dates, keyboard patterns and repetitions are known to zxcvbn, by themselves, in each
/// other's company, and in disguise.
///
/// # Errors
/// [`PasswordFlaw`].
pub fn check(password: &str, about: &[&str]) -> Result<(), PasswordFlaw> {
    let password = normal(password);
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(PasswordFlaw::TooShort);
    }
    if length > LONGEST {
        return Err(PasswordFlaw::TooLong);
    }
    let about: Vec<String> = about.iter().map(|text| key(text)).collect();
    if about.contains(&key(&password)) {
        return Err(PasswordFlaw::Personal);
    }
    let words = about
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let known: Vec<&str> = about.iter().map(String::as_str).chain(words).collect();
    if u8::from(zxcvbn::zxcvbn(&password, &known).score()) < SAFE {
        return Err(PasswordFlaw::Guessable);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVA: [&str; 2] = ["eva.stern@alpina.example", "Eva Stern"];

    #[test]
    fn words_that_have_nothing_to_do_with_each_other_are_a_password() {
        for password in [
            "correct horse battery staple",
            "Kühe gießen Laternen um",
            "v8#kQz!pW2mL",
        ] {
            assert_eq!(check(password, &EVA), Ok(()), "{password}");
        }
    }

    #[test]
    fn what_many_people_choose_is_refused_in_disguise_too() {
        for password in [
            "passwordpassword",
            "Password123456",
            "P@ssw0rd2026!",
            "qwertyuiop123",
            "1qaz2wsx3edc",
            "iloveyou1234",
            "aaaaaaaaaaaa",
            "123456789012",
            "abcdefghijklm",
        ] {
            assert_eq!(check(password, &EVA), Err(PasswordFlaw::Guessable), "{password}");
        }
    }

    #[test]
    fn what_everybody_knows_of_a_person_is_refused() {
        assert_eq!(
            check("Eva.Stern@Alpina.example", &EVA),
            Err(PasswordFlaw::Personal)
        );
        assert_eq!(
            check("EVA  MARIA STERN", &["Eva Maria Stern"]),
            Err(PasswordFlaw::Personal)
        );
        assert_eq!(check("SternAlpina2026", &EVA), Err(PasswordFlaw::Guessable));
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(check("éééüüü", &EVA), Err(PasswordFlaw::TooShort));
        assert_eq!(check(&"x".repeat(129), &EVA), Err(PasswordFlaw::TooLong));
    }

    #[test]
    fn one_character_is_the_same_however_a_keyboard_writes_it() {
        assert_eq!(normal("Zu\u{308}rich"), normal("Zürich"));
    }
}
