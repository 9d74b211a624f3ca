//! The fields of an aggregate in the contract's names, to tell what differs between two states.

use serde_json::{Value, json};

use crate::domain::email::EmailAddress;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::store::user_account::Account;

pub(super) fn of_organization(organization: &Organization) -> Vec<(&'static str, Value)> {
    present([
        ("display_name", Some(json!(organization.display_name.as_str()))),
        ("type", Some(json!(organization.kind.as_str()))),
        ("parent", organization.parent.map(|id| json!(id.to_string()))),
        ("state", Some(json!(organization.state.as_str()))),
        (
            "contact_email",
            organization
                .contact_email
                .as_ref()
                .map(EmailAddress::as_str)
                .map(Value::from),
        ),
    ])
}

pub(super) fn of_member(member: &Member) -> Vec<(&'static str, Value)> {
    present([
        ("email", Some(json!(member.email.as_str()))),
        ("user", member.user.map(|id| json!(id.to_string()))),
        ("role", Some(json!(member.role.as_str()))),
        ("legal_representative", Some(json!(member.legal_representative))),
        ("state", Some(json!(member.state.as_str()))),
    ])
}

pub(super) fn of_account(account: &Account) -> Vec<(&'static str, Value)> {
    present([
        ("email", Some(json!(account.email.as_str()))),
        ("display_name", Some(json!(account.display_name))),
        (
            "language",
            account.language.map(|language| json!(language.as_str())),
        ),
    ])
}

fn present<const N: usize>(fields: [(&'static str, Option<Value>); N]) -> Vec<(&'static str, Value)> {
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
