//! What the pages say, in the reader's language.

mod english;
mod french;

use http::{HeaderMap, header};

/// The words of the pages in one language.
pub(super) struct Texts {
    pub(super) language: &'static str,
    /// Followed by the organization's name.
    pub(super) join: &'static str,
    pub(super) join_now: &'static str,
    /// Followed by the role and the address.
    pub(super) join_as: &'static str,
    pub(super) role: fn(&str) -> Option<&'static str>,
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) password: &'static str,
    pub(super) code: &'static str,
    pub(super) password_hint: &'static str,
    pub(super) joined: &'static str,
    /// After the client's name.
    pub(super) invites: &'static str,
    pub(super) limited: fn(usize) -> String,
    pub(super) complete: &'static str,
    pub(super) sign_in_to_answer: &'static str,
    pub(super) accept: &'static str,
    pub(super) refuse: &'static str,
    pub(super) accepted: &'static str,
    pub(super) refused: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) to_provider: &'static str,
    pub(super) sign_in_now: &'static str,
    pub(super) code_asked: &'static str,
    pub(super) not_signed_in: &'static str,
    pub(super) signed_in: &'static str,
    pub(super) tokens_hint: &'static str,
    pub(super) access_token: &'static str,
    pub(super) refresh_token: &'static str,
    pub(super) choose_password: &'static str,
    pub(super) new_password: &'static str,
    pub(super) new_password_hint: &'static str,
    pub(super) choose_now: &'static str,
    pub(super) password_chosen: &'static str,
    pub(super) confirm_address: &'static str,
    pub(super) confirm_hint: &'static str,
    pub(super) confirm_now: &'static str,
    /// After the address.
    pub(super) address_confirmed: &'static str,
    pub(super) dead_title: &'static str,
    pub(super) dead: &'static str,
    pub(super) later: &'static str,
    pub(super) incomplete: &'static str,
    pub(super) too_long: &'static str,
    pub(super) too_slow: &'static str,
    /// What to say of a field that is wrong.
    pub(super) field: fn(&str) -> Option<&'static str>,
    /// What to say of a refusal's reason.
    pub(super) reason: fn(&str) -> Option<&'static str>,
    /// Followed by the service's own words.
    pub(super) failed: &'static str,
}

const ALL: [&Texts; 2] = [&english::TEXTS, &french::TEXTS];

/// The texts that `accept-language` prefers among those that there are; English otherwise.
pub(super) fn of(headers: &HeaderMap) -> &'static Texts {
    let wanted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut best: (&str, &'static Texts) = ("", &english::TEXTS);
    for range in wanted.split(',') {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight = weight
            .trim()
            .strip_prefix("q=")
            .unwrap_or("1")
            .trim_end_matches(['0', '.']);
        let language = tag.trim().split('-').next().unwrap_or_default();
        let known = ALL
            .into_iter()
            .find(|texts| texts.language.eq_ignore_ascii_case(language));
        // As texts, weights without trailing zeros stand in the order of their numbers; none is left of a zero.
        if let Some(known) = known.filter(|_| weight > best.0) {
            best = (weight, known);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(wanted: &str) -> &'static str {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, wanted.parse().unwrap());
        of(&headers).language
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
    fn every_language_explains_the_same() {
        for texts in ALL {
            for reason in [
                "CREDENTIALS_WRONG",
                "CODE_WRONG",
                "MFA_REQUIRED",
                "CHALLENGE_DEAD",
                "PROVIDER_NOT_SET_UP",
                "PROVIDER_SIGN_IN_DEAD",
                "PROVIDER_SIGN_IN_REFUSED",
                "TOO_MANY_ATTEMPTS",
                "BILLING_REQUIRED",
                "PERMISSION_MISSING",
            ] {
                assert!((texts.reason)(reason).is_some(), "{} {reason}", texts.language);
            }
            for field in ["email", "password", "new_password", "display_name"] {
                assert!((texts.field)(field).is_some(), "{} {field}", texts.language);
            }
            for role in ["owner", "admin", "member", "viewer"] {
                assert!((texts.role)(role).is_some(), "{} {role}", texts.language);
            }
            assert_ne!((texts.limited)(1), (texts.limited)(2));
        }
    }
}
