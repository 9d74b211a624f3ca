//! The fields of an aggregate in the contract's names, to tell what differs between two states.

use serde_json::{Value, json};

use crate::domain::decision::{PermissionSet, SecondFactorPolicy};
use crate::domain::email::EmailAddress;
use crate::domain::member::Member;
use crate::domain::organization::Organization;
use crate::domain::settings::{Settings, ZoneName};
use crate::engine::vocabulary;
use crate::store::user_account::Account;

pub(super) fn of_organization(organization: &Organization) -> Vec<(&'static str, Value)> {
    present([
        ("display_name", Some(json!(organization.display_name.as_str()))),
        ("type", Some(json!(organization.kind.as_str()))),
        ("parent", organization.parent.map(|id| json!(id.to_string()))),
        ("state", Some(json!(organization.state.as_str()))),
        (
            "ceiling",
            organization.controls.ceiling.map(|ceiling| permissions(&ceiling)),
        ),
        ("delegation", words(organization.controls.delegation.words())),
        ("second_factor", unusual(organization.controls.second_factor)),
        (
            "second_factor_required",
            organization.controls.second_factor_required.then(|| json!(true)),
        ),
        ("modules_off", words(organization.controls.modules_off.words())),
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
        ("role", member.role.map(|role| json!(role.to_string()))),
        ("groups", names(&member.groups)),
        ("second_factor", unusual(member.second_factor)),
        ("legal_representative", Some(json!(member.legal_representative))),
        ("state", Some(json!(member.state.as_str()))),
    ])
}

/// Nothing where it is as it is at first.
fn unusual(policy: SecondFactorPolicy) -> Option<Value> {
    (policy != SecondFactorPolicy::Inherit).then(|| json!(policy.as_str()))
}

fn names<T: ToString>(ids: &[T]) -> Option<Value> {
    words(ids.iter().map(ToString::to_string).collect())
}

fn words(words: Vec<String>) -> Option<Value> {
    (!words.is_empty()).then(|| json!(words))
}

/// Permissions as people read them: `product:read`.
pub(super) fn permissions(set: &PermissionSet) -> Value {
    set.iter()
        .map(vocabulary::permission_name)
        .collect::<Vec<_>>()
        .into()
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

pub(super) fn of_settings(settings: &Settings) -> Vec<(&'static str, Value)> {
    present([
        (
            "language",
            settings.language.map(|language| json!(language.as_str())),
        ),
        (
            "time_zone",
            settings.time_zone.as_ref().map(ZoneName::as_str).map(Value::from),
        ),
    ])
}

fn present<const N: usize>(fields: [(&'static str, Option<Value>); N]) -> Vec<(&'static str, Value)> {
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}
