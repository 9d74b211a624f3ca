//! What the pages say, in the reader's language.

mod english;
mod french;

use http::HeaderMap;

use crate::language::Language;

/// The words of the pages in one language.
pub(super) struct Texts {
    pub(super) language: Language,
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
    /// Followed by the organization's name.
    pub(super) sign_in_at: &'static str,
    pub(super) no_door_title: &'static str,
    pub(super) no_door: &'static str,
    /// One text for all that may be wrong: it tells nobody which.
    pub(super) not_at_this_door: &'static str,
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
    pub(super) foreign_title: &'static str,
    pub(super) foreign: &'static str,
    pub(super) dead_title: &'static str,
    pub(super) dead: &'static str,
    pub(super) later: &'static str,
    pub(super) incomplete: &'static str,
    pub(super) too_long: &'static str,
    pub(super) too_slow: &'static str,
    /// What to say of a field that is wrong.
    pub(super) field: fn(&str) -> Option<&'static str>,
    /// What to say of a refusal's reason where a page has better words for it than a problem.
    pub(super) reason: fn(&str) -> Option<&'static str>,
    /// Followed by the service's own words.
    pub(super) failed: &'static str,
}

/// The texts in the language that the headers of a request ask for.
pub(super) fn of(headers: &HeaderMap) -> &'static Texts {
    in_language(Language::wanted(headers).unwrap_or_default())
}

/// The texts in a language.
pub(super) fn in_language(language: Language) -> &'static Texts {
    match language {
        Language::English => &english::TEXTS,
        Language::French => &french::TEXTS,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The built-in roles, as the page of roles names them; a test of identity holds it to its matrix.
    fn built_in_roles() -> BTreeSet<&'static str> {
        let page = include_str!("../../../../../docs/roles.md");
        let columns = page.lines().filter(|line| line.starts_with("| resource |"));
        let columns = columns.flat_map(|line| line.split('|').skip(3));
        let by_account_type = page.split_once("## By account type").unwrap().1;
        let rows = by_account_type.lines().filter_map(|line| line.split('|').nth(2));
        let reserved = page.lines().filter(|line| line.contains("is reserved for"));
        columns
            .chain(rows)
            .chain(reserved)
            .filter_map(|cell| cell.split('`').nth(1))
            .collect()
    }

    #[test]
    fn the_page_of_roles_names_all_that_are_built_in() {
        let roles = built_in_roles();
        assert_eq!(roles.len(), 10, "{roles:?}");
        for role in ["owner", "delegated_account_administrator", "partner"] {
            assert!(roles.contains(role), "{roles:?}");
        }
    }

    #[test]
    fn every_language_explains_the_same() {
        for texts in Language::ALL.map(in_language) {
            let language = texts.language;
            for reason in [
                "CREDENTIALS_WRONG",
                "MFA_REQUIRED",
                "BILLING_REQUIRED",
                "PERMISSION_MISSING",
            ] {
                assert!((texts.reason)(reason).is_some(), "{language:?} {reason}");
            }
            for field in ["email", "password", "new_password", "display_name"] {
                assert!((texts.field)(field).is_some(), "{language:?} {field}");
            }
            for role in built_in_roles() {
                assert!((texts.role)(role).is_some(), "{language:?} {role}");
            }
            assert_ne!((texts.limited)(1), (texts.limited)(2));
        }
    }
}
