//! English.

use super::Texts;
use crate::language::Language;

pub(super) static TEXTS: Texts = Texts {
    language: Language::English,
    join: "Join",
    join_now: "Join",
    join_as: "You are invited as",
    role,
    name: "Your name",
    email: "E-mail address",
    password: "Password",
    code: "Code of your authenticator, if you have one, or a recovery code",
    password_hint: "At least 12 characters. If you have an account here already, give its password.",
    joined: "You are in. You can sign in now.",
    invites: "invites you to a partnership",
    limited,
    complete: "You will look after the whole organization.",
    sign_in_to_answer: "Give your address and your password to answer.",
    accept: "Accept",
    refuse: "Refuse",
    accepted: "The partnership has started.",
    refused: "The invitation is refused.",
    sign_in: "Sign in",
    sign_in_at: "Sign in at",
    no_door_title: "There is no front door here",
    not_at_this_door: "The address or the password is wrong, or you have no place in this organization.",
    no_door: "No organization has this address. Check it for mistakes, or ask your organization for the right one.",
    to_provider: "Sign in with your identity provider",
    sign_in_now: "Sign in now",
    code_asked: "Code of your authenticator, or a recovery code",
    not_signed_in: "Your identity provider did not sign you in, or this browser did not begin it. Begin again.",
    signed_in: "You are signed in",
    tokens_hint: "Give these tokens to the program that you want to use, and to nobody else: they open your account. They \
                  are not shown again.",
    access_token: "Access token, good for five minutes",
    refresh_token: "Refresh token, which trades once for a new pair",
    choose_password: "Choose a new password",
    new_password: "New password",
    new_password_hint: "At least 12 characters, and not easy to guess: several words that have nothing to do with each other.",
    choose_now: "Save",
    password_chosen: "Your new password is set, and you are signed out everywhere. You can sign in now.",
    confirm_address: "Confirm your new address",
    confirm_hint: "From then on you sign in and are written to by it.",
    confirm_now: "Confirm",
    address_confirmed: "This is your address now. Sign in by it from now on.",
    foreign_title: "This form came from another site",
    foreign: "Nothing was done. Open the page itself, and send the form from there.",
    dead_title: "This link can't be used any more",
    dead: "It was used, replaced by a newer one, withdrawn, or it is too old. Ask for a new one.",
    later: "This does not work right now. Try again in a minute.",
    incomplete: "The form did not arrive whole. Fill in all of it and send it again.",
    too_long: "The form is too long. Shorten what you have written.",
    too_slow: "The form did not arrive in time. Send it again.",
    field,
    reason,
    failed: "This was refused:",
};

fn role(role: &str) -> Option<&'static str> {
    match role {
        "owner" => Some("owner"),
        "admin" => Some("administrator"),
        "member" => Some("member"),
        "viewer" => Some("viewer"),
        "account_manager" => Some("account manager"),
        "billing_manager" => Some("billing manager"),
        "technical_manager" => Some("technical manager"),
        "subscription_manager" => Some("subscription manager"),
        "delegated_account_administrator" => Some("delegated account administrator"),
        "partner" => Some("partner"),
        _ => None,
    }
}

fn limited(products: usize) -> String {
    match products {
        1 => "You will look after one product.".to_owned(),
        several => format!("You will look after {several} products."),
    }
}

fn field(field: &str) -> Option<&'static str> {
    match field {
        "email" => Some("This is no e-mail address."),
        "password" | "new_password" => {
            Some("A password has between 12 and 128 characters, and is not easy to guess. Choose another.")
        }
        "display_name" => Some("Give a name of up to 120 characters."),
        _ => None,
    }
}

fn reason(reason: &str) -> Option<&'static str> {
    match reason {
        "CREDENTIALS_WRONG" => Some("The address or the password is wrong."),
        "MFA_REQUIRED" => Some("Your account asks for a code too. Give the one of your app."),
        "BILLING_REQUIRED" => {
            Some("Your organization has not set up its billing yet. Complete it, then open this link again.")
        }
        "PERMISSION_MISSING" => Some(
            "You have no right to answer for your organization. Ask one of its administrators to answer.",
        ),
        _ => None,
    }
}
