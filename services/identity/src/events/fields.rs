//! The fields of an aggregate in the contract's names, to tell what differs between two states.

use serde_json::{Value, json};

use crate::domain::custom_role::CustomRole;
use crate::domain::decision::{PermissionSet, SecondFactorPolicy};
use crate::domain::email::EmailAddress;
use crate::domain::encryption_key::EncryptionKey;
use crate::domain::group::Group;
use crate::domain::member::{Member, MemberState};
use crate::domain::organization::Organization;
use crate::domain::responsible::Responsible;
use crate::domain::service_account::{ApiKey, ServiceAccount};
use crate::domain::settings::{Settings, ZoneName};
use crate::engine::vocabulary;
use crate::store::role::Holders;
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
        ("slug", Some(json!(organization.slug.as_str()))),
        ("logo_uri", organization.logo_uri.as_deref().map(Value::from)),
        ("root_folder", Some(json!(organization.root_folder.as_str()))),
        ("responsible", organization.responsible.map(responsible)),
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
        ("responsible", member.responsible.map(responsible)),
        (
            "invitation_expire_time",
            (member.state == MemberState::Pending).then(|| json!(member.invitation_expires_at.to_string())),
        ),
    ])
}

pub(super) fn of_role(role: &CustomRole) -> Vec<(&'static str, Value)> {
    present([
        ("display_name", Some(json!(role.display_name.as_str()))),
        ("description", text(&role.description)),
        ("permissions", Some(permissions(&role.permissions))),
    ])
}

/// Nothing where there is nobody.
pub(super) fn of_holders(holders: Holders) -> Vec<(&'static str, Value)> {
    let some = |count: i64| (count > 0).then(|| json!(count));
    present([
        ("member_count", some(holders.members)),
        ("service_account_count", some(holders.service_accounts)),
    ])
}

pub(super) fn of_group(group: &Group) -> Vec<(&'static str, Value)> {
    present([
        ("display_name", Some(json!(group.display_name.as_str()))),
        ("description", text(&group.description)),
        ("roles", names(&group.roles)),
    ])
}

pub(super) fn of_service_account(account: &ServiceAccount) -> Vec<(&'static str, Value)> {
    present([
        ("display_name", Some(json!(account.display_name.as_str()))),
        ("description", text(&account.description)),
        ("role", account.role.map(|role| json!(role.to_string()))),
        ("state", Some(json!(account.state.as_str()))),
    ])
}

pub(super) fn of_api_key(key: &ApiKey) -> Vec<(&'static str, Value)> {
    present([
        ("display_name", Some(json!(key.display_name.as_str()))),
        ("expire_time", Some(json!(key.expires_at.to_string()))),
        ("revoke_time", key.revoked_at.map(|time| json!(time.to_string()))),
        ("successor", key.successor.map(|id| json!(id.to_string()))),
    ])
}

pub(super) fn of_encryption_key(key: &EncryptionKey) -> Vec<(&'static str, Value)> {
    present([
        ("display_name", Some(json!(key.display_name.as_str()))),
        ("format", Some(json!(key.format.as_str()))),
        ("algorithm", Some(json!(key.algorithm))),
        ("fingerprint", Some(json!(key.fingerprint))),
        ("expire_time", key.expires_at.map(|time| json!(time.to_string()))),
    ])
}

fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| json!(text))
}

fn responsible(responsible: Responsible) -> Value {
    json!({ "party": responsible.party.to_string(), "copied": responsible.copied })
}

/// Nothing where it is as it is at first.
fn unusual(policy: SecondFactorPolicy) -> Option<Value> {
    (policy != SecondFactorPolicy::Inherit).then(|| json!(policy.as_str()))
}

pub(super) fn names<T: ToString>(ids: &[T]) -> Option<Value> {
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
