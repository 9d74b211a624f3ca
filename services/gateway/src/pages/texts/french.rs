//! French.

use super::Texts;
use crate::language::Language;

pub(super) static TEXTS: Texts = Texts {
    language: Language::French,
    join: "Rejoindre",
    join_now: "Rejoindre",
    join_as: "Vous êtes invité comme",
    role,
    name: "Votre nom",
    email: "Adresse e-mail",
    password: "Mot de passe",
    code: "Code de votre application d'authentification, si vous en avez une, ou code de secours",
    password_hint: "Au moins 12 caractères. Si vous avez déjà un compte ici, indiquez son mot de passe.",
    joined: "C'est fait. Vous pouvez vous connecter.",
    invites: "vous invite à un partenariat",
    limited,
    complete: "Vous vous occuperez de toute l'organisation.",
    sign_in_to_answer: "Indiquez votre adresse et votre mot de passe pour répondre.",
    accept: "Accepter",
    refuse: "Refuser",
    accepted: "Le partenariat a commencé.",
    refused: "L'invitation est refusée.",
    sign_in: "Connexion",
    sign_in_at: "Se connecter chez",
    no_door_title: "Cette page de connexion n'existe pas",
    not_at_this_door: "L'adresse ou le mot de passe est faux, ou vous n'avez pas de place dans cette organisation.",
    no_door: "Aucune organisation n'a cette adresse. Vérifiez qu'elle est exacte, ou demandez la bonne à votre organisation.",
    to_provider: "Se connecter avec votre fournisseur d'identité",
    sign_in_now: "Se connecter",
    code_asked: "Code de votre application d'authentification, ou code de secours",
    not_signed_in: "Votre fournisseur d'identité ne vous a pas connecté, ou ce n'est pas ce navigateur qui a commencé. \
                    Recommencez.",
    signed_in: "Vous êtes connecté",
    tokens_hint: "Donnez ces jetons au programme que vous voulez utiliser et à personne d'autre : ils ouvrent votre \
                  compte. Ils ne sont plus affichés ensuite.",
    access_token: "Jeton d'accès, valable cinq minutes",
    refresh_token: "Jeton de renouvellement, qui s'échange une fois contre une nouvelle paire",
    choose_password: "Choisir un nouveau mot de passe",
    new_password: "Nouveau mot de passe",
    new_password_hint: "Au moins 12 caractères, et difficile à deviner : plusieurs mots sans rapport entre eux.",
    choose_now: "Enregistrer",
    password_chosen: "Votre nouveau mot de passe est enregistré, et vous êtes déconnecté partout. Vous pouvez vous connecter.",
    confirm_address: "Confirmer votre nouvelle adresse",
    confirm_hint: "Elle servira désormais à vous connecter et à vous écrire.",
    confirm_now: "Confirmer",
    address_confirmed: "C'est désormais votre adresse. Connectez-vous avec elle.",
    foreign_title: "Ce formulaire vient d'un autre site",
    foreign: "Rien n'a été fait. Ouvrez la page elle-même, et envoyez le formulaire depuis là.",
    dead_title: "Ce lien n'est plus valable",
    dead: "Il a été utilisé, remplacé par un plus récent, retiré, ou il est trop ancien. Demandez-en un \
           nouveau.",
    later: "Cela ne fonctionne pas pour le moment. Réessayez dans une minute.",
    incomplete: "Le formulaire n'est pas arrivé entier. Remplissez tous les champs et renvoyez-le.",
    too_long: "Le formulaire est trop long. Raccourcissez ce que vous avez écrit.",
    too_slow: "Le formulaire n'est pas arrivé à temps. Renvoyez-le.",
    field,
    reason,
    failed: "Cela a été refusé :",
};

fn role(role: &str) -> Option<&'static str> {
    match role {
        "owner" => Some("propriétaire"),
        "admin" => Some("administrateur"),
        "member" => Some("membre"),
        "viewer" => Some("lecteur"),
        "account_manager" => Some("gestionnaire du compte"),
        "billing_manager" => Some("gestionnaire de la facturation"),
        "technical_manager" => Some("gestionnaire technique"),
        "subscription_manager" => Some("gestionnaire des abonnements"),
        "delegated_account_administrator" => Some("administrateur délégué de comptes"),
        "partner" => Some("partenaire"),
        _ => None,
    }
}

fn limited(products: usize) -> String {
    match products {
        1 => "Vous vous occuperez d'un produit.".to_owned(),
        several => format!("Vous vous occuperez de {several} produits."),
    }
}

fn field(field: &str) -> Option<&'static str> {
    match field {
        "email" => Some("Ce n'est pas une adresse e-mail."),
        "password" | "new_password" => Some(
            "Un mot de passe compte entre 12 et 128 caractères et n'est pas facile à deviner. Choisissez-en un autre.",
        ),
        "display_name" => Some("Indiquez un nom de 120 caractères au plus."),
        _ => None,
    }
}

fn reason(reason: &str) -> Option<&'static str> {
    match reason {
        "CREDENTIALS_WRONG" => Some("L'adresse ou le mot de passe est faux."),
        "MFA_REQUIRED" => Some("Votre compte demande aussi un code. Indiquez celui de votre application."),
        "BILLING_REQUIRED" => Some(
            "Votre organisation n'a pas encore réglé sa facturation. Complétez-la, puis rouvrez ce lien.",
        ),
        "PERMISSION_MISSING" => Some(
            "Vous n'avez pas le droit de répondre pour votre organisation. Demandez à l'un de ses administrateurs.",
        ),
        _ => None,
    }
}
