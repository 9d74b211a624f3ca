//! What the pages say, in the reader's language.

use axum::http::{HeaderMap, header};

/// The words of the pages in one language.
pub(super) struct Texts {
    pub(super) language: &'static str,
    pub(super) join: &'static str,
    pub(super) join_as: &'static str,
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    pub(super) password: &'static str,
    pub(super) password_hint: &'static str,
    pub(super) joined: &'static str,
    pub(super) invites: &'static str,
    pub(super) limited: &'static str,
    pub(super) complete: &'static str,
    pub(super) sign_in_to_answer: &'static str,
    pub(super) accept: &'static str,
    pub(super) refuse: &'static str,
    pub(super) accepted: &'static str,
    pub(super) refused: &'static str,
    pub(super) dead_title: &'static str,
    pub(super) dead: &'static str,
    pub(super) later: &'static str,
    pub(super) credentials: &'static str,
    pub(super) failed: &'static str,
}

const ENGLISH: Texts = Texts {
    language: "en",
    join: "Join",
    join_as: "You are invited as",
    name: "Your name",
    email: "E-mail address",
    password: "Password",
    password_hint: "At least 12 characters. If you have an account here already, give its password.",
    joined: "You are in. You can sign in now.",
    invites: "invites you to a partnership",
    limited: "You will look after some products. How many:",
    complete: "You will look after the whole organization.",
    sign_in_to_answer: "Give your address and password to answer.",
    accept: "Accept",
    refuse: "Refuse",
    accepted: "The partnership has started.",
    refused: "The invitation is refused.",
    dead_title: "This link can't be used any more",
    dead: "It was used, replaced by a newer one, withdrawn, or it is too old. Ask for a new invitation.",
    later: "This does not work right now. Try again in a minute.",
    credentials: "The address or the password is wrong.",
    failed: "This was refused:",
};

const FRENCH: Texts = Texts {
    language: "fr",
    join: "Rejoindre",
    join_as: "Vous êtes invité comme",
    name: "Votre nom",
    email: "Adresse e-mail",
    password: "Mot de passe",
    password_hint: "Au moins 12 caractères. Si vous avez déjà un compte ici, indiquez son mot de passe.",
    joined: "C'est fait. Vous pouvez vous connecter.",
    invites: "vous invite à un partenariat",
    limited: "Vous vous occuperez de certains produits. Nombre :",
    complete: "Vous vous occuperez de toute l'organisation.",
    sign_in_to_answer: "Indiquez votre adresse et votre mot de passe pour répondre.",
    accept: "Accepter",
    refuse: "Refuser",
    accepted: "Le partenariat a commencé.",
    refused: "L'invitation est refusée.",
    dead_title: "Ce lien n'est plus valable",
    dead: "Il a été utilisé, remplacé par un plus récent, retiré, ou il est trop ancien. Demandez une nouvelle invitation.",
    later: "Cela ne fonctionne pas pour le moment. Réessayez dans une minute.",
    credentials: "L'adresse ou le mot de passe est faux.",
    failed: "Cela a été refusé :",
};

/// The texts in the first language of `accept-language` that there is; English otherwise.
pub(super) fn of(headers: &HeaderMap) -> &'static Texts {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for tag in wanted.split(',') {
        let tag = tag.trim().to_ascii_lowercase();
        if tag.starts_with("fr") {
            return &FRENCH;
        }
        if tag.starts_with("en") {
            return &ENGLISH;
        }
    }
    &ENGLISH
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
    fn the_first_known_language_is_taken() {
        assert_eq!(language("fr-CH, fr;q=0.9, en;q=0.8"), "fr");
        assert_eq!(language("de, en-GB;q=0.8, fr;q=0.5"), "en");
        assert_eq!(language("de"), "en");
    }
}
