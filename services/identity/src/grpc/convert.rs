//! Between the contract and the domain.

use std::str::FromStr;

use entente_contracts::identity::v1 as contract;
use entente_contracts::timestamp;
use prost_types::FieldMask;
use secrecy::ExposeSecret as _;

use crate::domain::email::EmailAddress;
use crate::domain::member::{Member, MemberState, Role};
use crate::domain::name::DisplayName;
use crate::domain::organization::{Organization, OrganizationKind, OrganizationState};
use crate::error::Error;
use crate::security::token::IssuedTokens;
use crate::store::member::Membership;

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
        role: member.role.as_str().to_owned(),
        legal_representative: member.legal_representative,
        state: member_state(member.state).into(),
        etag: member.version.to_string(),
        create_time: Some(timestamp(member.created_at)),
        update_time: Some(timestamp(member.updated_at)),
    }
}

/// A membership in the contract's words.
pub(super) fn membership(membership: Membership) -> contract::Membership {
    contract::Membership {
        organization: membership.organization.to_string(),
        organization_name: membership.organization_name,
        member: membership.member.to_string(),
        role: membership.role.as_str().to_owned(),
    }
}

/// Tokens as their owner gets them.
pub(super) fn tokens(tokens: &IssuedTokens) -> contract::Tokens {
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

/// Parses what a field holds; its own message says how to mend it.
pub(super) fn parse<T: FromStr<Err: std::fmt::Display>>(field: &'static str, text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|error: T::Err| Error::field(field, error.to_string()))
}

/// As [`parse`], where the field may be empty.
pub(super) fn parse_optional<T: FromStr<Err: std::fmt::Display>>(
    field: &'static str,
    text: &str,
) -> Result<Option<T>, Error> {
    if text.is_empty() {
        Ok(None)
    } else {
        parse(field, text).map(Some)
    }
}

pub(super) fn display_name(field: &'static str, text: &str) -> Result<DisplayName, Error> {
    DisplayName::new(text).map_err(|error| Error::field(field, error.to_string()))
}

pub(super) fn email(text: &str) -> Option<EmailAddress> {
    (!text.is_empty()).then(|| EmailAddress::new(text))
}

pub(super) fn role(field: &'static str, text: &str) -> Result<Role, Error> {
    text.parse()
        .map_err(|_| Error::field(field, "is unknown: give one of owner, admin, member, viewer"))
}

/// The kind that the contract's number names; none where it names none.
pub(super) fn kind(number: i32) -> Option<OrganizationKind> {
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
pub(super) fn state(number: i32) -> Option<MemberState> {
    match contract::MemberState::try_from(number).ok()? {
        contract::MemberState::Unspecified => None,
        contract::MemberState::Pending => Some(MemberState::Pending),
        contract::MemberState::Active => Some(MemberState::Active),
        contract::MemberState::Removed => Some(MemberState::Removed),
    }
}

/// The fields to change, each one of those that can.
pub(super) fn paths<'a>(mask: Option<&'a FieldMask>, known: &[&str]) -> Result<Vec<&'a str>, Error> {
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
