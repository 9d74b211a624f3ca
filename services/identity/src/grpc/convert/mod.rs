//! Between the contract and the domain: for the handlers, for the answers that use cases keep, and for what events carry.

pub mod batch;
pub mod controls;
pub mod decision;
pub mod messages;
pub mod sign_in_policy;

use std::str::FromStr;

use entente_contracts::identity::v1 as contract;
use entente_contracts::{instant, timestamp};
use jiff::Timestamp;
use prost_types::FieldMask;
use secrecy::ExposeSecret as _;
use strum::VariantArray as _;

use crate::domain::decision::Module;
use crate::domain::email::EmailAddress;
use crate::domain::language::Language;
use crate::domain::member::{Member, MemberState};
use crate::domain::name::DisplayName;
use crate::domain::organization::{Organization, OrganizationKind, OrganizationState};
use crate::domain::origin::Origin;
use crate::domain::role::RoleRef;
use crate::domain::settings::{Settings, ZoneName};
use crate::engine::vocabulary;
use crate::error::Error;
use crate::security::token::IssuedTokens;
use crate::store::member::Membership;
use crate::store::user_account::Account;

/// An organization in the contract's words.
pub fn organization(organization: &Organization) -> contract::Organization {
    contract::Organization {
        id: organization.id.to_string(),
        display_name: organization.display_name.as_str().to_owned(),
        r#type: organization_type(organization.kind).into(),
        parent: organization.parent.map(|id| id.to_string()).unwrap_or_default(),
        state: organization_state(organization.state).into(),
        contact_email: organization
            .contact_email
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        etag: organization.version.to_string(),
        create_time: Some(timestamp(organization.created_at)),
        update_time: Some(timestamp(organization.updated_at)),
        slug: organization.slug.to_string(),
        logo_uri: organization.logo_uri.clone().unwrap_or_default(),
        root_folder: organization.root_folder.to_string(),
        controls: Some(controls::controls(&organization.controls)),
        responsible: organization.responsible.map(controls::responsible),
    }
}

/// The modules of an organization in the contract's words.
pub fn switched(organization: &Organization) -> contract::SwitchModuleResponse {
    let modules = Module::VARIANTS.iter().map(|module| contract::ModuleSwitch {
        module: vocabulary::contract_module(*module).into(),
        on: !organization.controls.modules_off.contains(*module),
    });
    contract::SwitchModuleResponse {
        modules: modules.collect(),
        etag: organization.version.to_string(),
    }
}

/// A member in the contract's words.
pub fn member(member: &Member) -> contract::Member {
    contract::Member {
        id: member.id.to_string(),
        organization: member.organization.to_string(),
        user: member.user.map(|id| id.to_string()).unwrap_or_default(),
        email: member.email.to_string(),
        display_name: member.display_name.clone().unwrap_or_default(),
        role: role_name(member.role),
        legal_representative: member.legal_representative,
        state: member_state(member.state).into(),
        etag: member.version.to_string(),
        create_time: Some(timestamp(member.created_at)),
        update_time: Some(timestamp(member.updated_at)),
        groups: member.groups.iter().map(ToString::to_string).collect(),
        second_factor: sign_in_policy::second_factor(member.second_factor).into(),
        invitation_expire_time: (member.state == MemberState::Pending)
            .then(|| timestamp(member.invitation_expires_at)),
        responsible: member.responsible.map(controls::responsible),
    }
}

/// An account in the contract's words.
pub fn profile(account: &Account) -> contract::Profile {
    contract::Profile {
        user: account.id.to_string(),
        email: account.email.to_string(),
        display_name: account.display_name.clone(),
        language: account
            .language
            .map(Language::as_str)
            .unwrap_or_default()
            .to_owned(),
        etag: account.version.to_string(),
        create_time: Some(timestamp(account.created_at)),
        update_time: Some(timestamp(account.updated_at)),
    }
}

/// Settings in the contract's words.
pub fn settings(settings: &Settings) -> contract::Settings {
    contract::Settings {
        organization: settings.organization.to_string(),
        language: settings
            .language
            .map(Language::as_str)
            .unwrap_or_default()
            .to_owned(),
        time_zone: settings
            .time_zone
            .as_ref()
            .map(ZoneName::as_str)
            .unwrap_or_default()
            .to_owned(),
        etag: settings.version.to_string(),
        update_time: settings.updated_at.map(timestamp),
    }
}

/// Where a call came from, in the contract's words.
pub fn origin(origin: &Origin) -> contract::Origin {
    contract::Origin {
        address: origin.address.clone().unwrap_or_default(),
        user_agent: origin.user_agent.clone().unwrap_or_default(),
    }
}

/// A membership in the contract's words.
pub(crate) fn membership(membership: Membership) -> contract::Membership {
    contract::Membership {
        organization: membership.organization.to_string(),
        organization_name: membership.organization_name,
        member: membership.member.to_string(),
        role: role_name(membership.role),
    }
}

/// Tokens as their owner gets them.
pub(crate) fn tokens(tokens: &IssuedTokens) -> contract::Tokens {
    contract::Tokens {
        access_token: tokens.access.expose_secret().to_owned(),
        expires_in: tokens.expires_in,
        refresh_token: tokens
            .refresh
            .as_ref()
            .map(|token| token.expose_secret().to_owned())
            .unwrap_or_default(),
    }
}

/// The time that a field must hold.
pub(crate) fn time(field: &'static str, time: Option<&prost_types::Timestamp>) -> Result<Timestamp, Error> {
    optional_time(field, time)?.ok_or_else(|| Error::field(field, "is missing: give a time"))
}

/// The time that a field may hold.
pub(crate) fn optional_time(
    field: &'static str,
    time: Option<&prost_types::Timestamp>,
) -> Result<Option<Timestamp>, Error> {
    // As exactly as the database keeps it.
    let parse = |time| Timestamp::from_microsecond(instant(time)?.as_microsecond()).ok();
    time.map(|time| parse(time).ok_or_else(|| Error::field(field, "is no time: give a valid timestamp")))
        .transpose()
}

/// Parses what a field holds; its own message says how to mend it.
pub(crate) fn parse<T: FromStr<Err: std::fmt::Display>>(field: &'static str, text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|error: T::Err| Error::field(field, error.to_string()))
}

/// As [`parse`], where the field may be empty.
pub(crate) fn parse_optional<T: FromStr<Err: std::fmt::Display>>(
    field: &'static str,
    text: &str,
) -> Result<Option<T>, Error> {
    if text.is_empty() {
        Ok(None)
    } else {
        parse(field, text).map(Some)
    }
}

pub(crate) fn display_name(field: &'static str, text: &str) -> Result<DisplayName, Error> {
    DisplayName::new(text).map_err(|error| Error::field(field, error.to_string()))
}

pub(crate) fn email(text: &str) -> Option<EmailAddress> {
    (!text.is_empty()).then(|| EmailAddress::new(text))
}

/// The address that somebody is to be known by from now on.
pub(crate) fn chosen_email(field: &'static str, text: &str) -> Result<EmailAddress, Error> {
    EmailAddress::chosen(text).map_err(|error| Error::field(field, error.to_string()))
}

/// As [`chosen_email`], where the field may be empty.
pub(crate) fn chosen_email_or_none(field: &'static str, text: &str) -> Result<Option<EmailAddress>, Error> {
    if text.is_empty() {
        Ok(None)
    } else {
        chosen_email(field, text).map(Some)
    }
}

/// The language of that tag; none for the empty one.
pub(crate) fn language(field: &'static str, text: &str) -> Result<Option<Language>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let known = text.parse().map(Some);
    known.map_err(|_| Error::field(field, "is unknown: give en or fr, or nothing"))
}

pub(crate) fn role(field: &'static str, text: &str) -> Result<RoleRef, Error> {
    parse(field, text)
}

/// A role in the contract's words; empty for who has none.
pub(crate) fn role_name(role: Option<RoleRef>) -> String {
    role.map(|role| role.to_string()).unwrap_or_default()
}

/// The kind that the contract's number names; none where it names none.
pub(crate) fn kind(number: i32) -> Option<OrganizationKind> {
    match contract::OrganizationType::try_from(number).ok()? {
        contract::OrganizationType::Unspecified => None,
        contract::OrganizationType::Operator => Some(OrganizationKind::Operator),
        contract::OrganizationType::Partner => Some(OrganizationKind::Partner),
        contract::OrganizationType::SubPartner => Some(OrganizationKind::SubPartner),
        contract::OrganizationType::Affiliate => Some(OrganizationKind::Affiliate),
        contract::OrganizationType::DirectClient => Some(OrganizationKind::DirectClient),
        contract::OrganizationType::Client => Some(OrganizationKind::Client),
    }
}

/// The state that the contract's number names; none where it names none.
pub(crate) fn state(number: i32) -> Option<MemberState> {
    match contract::MemberState::try_from(number).ok()? {
        contract::MemberState::Unspecified => None,
        contract::MemberState::Pending => Some(MemberState::Pending),
        contract::MemberState::Active => Some(MemberState::Active),
        contract::MemberState::Disabled => Some(MemberState::Disabled),
        contract::MemberState::Removed => Some(MemberState::Removed),
    }
}

/// The fields to change, each one of those that can.
pub(crate) fn paths<'a>(mask: Option<&'a FieldMask>, known: &[&str]) -> Result<Vec<&'a str>, Error> {
    let wanted = || known.join(", ");
    let paths: Vec<&str> = mask
        .map(|mask| mask.paths.iter().map(String::as_str).collect())
        .unwrap_or_default();
    if paths.is_empty() {
        return Err(Error::field(
            "update_mask",
            format!("names no field: give one of {}", wanted()),
        ));
    }
    match paths.iter().find(|path| !known.contains(path)) {
        Some(path) => Err(Error::field(
            "update_mask",
            format!("{path} can't be changed: give one of {}", wanted()),
        )),
        None => Ok(paths),
    }
}

fn organization_type(kind: OrganizationKind) -> contract::OrganizationType {
    match kind {
        OrganizationKind::Operator => contract::OrganizationType::Operator,
        OrganizationKind::Partner => contract::OrganizationType::Partner,
        OrganizationKind::SubPartner => contract::OrganizationType::SubPartner,
        OrganizationKind::Affiliate => contract::OrganizationType::Affiliate,
        OrganizationKind::DirectClient => contract::OrganizationType::DirectClient,
        OrganizationKind::Client => contract::OrganizationType::Client,
    }
}

fn organization_state(state: OrganizationState) -> contract::OrganizationState {
    match state {
        OrganizationState::Active => contract::OrganizationState::Active,
        OrganizationState::Suspended => contract::OrganizationState::Suspended,
        OrganizationState::Deleted => contract::OrganizationState::Deleted,
    }
}

fn member_state(state: MemberState) -> contract::MemberState {
    match state {
        MemberState::Pending => contract::MemberState::Pending,
        MemberState::Active => contract::MemberState::Active,
        MemberState::Disabled => contract::MemberState::Disabled,
        MemberState::Removed => contract::MemberState::Removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_names_only_what_can_change() {
        let mask = |paths: &[&str]| FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        };
        assert_eq!(paths(Some(&mask(&["role"])), &["role"]).unwrap(), ["role"]);
        for wrong in [mask(&[]), mask(&["role", "email"]), mask(&["*"])] {
            assert!(paths(Some(&wrong), &["role"]).is_err(), "{wrong:?}");
        }
        assert!(paths(None, &["role"]).is_err());
    }
}
