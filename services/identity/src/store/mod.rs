//! The tables of identity: a file per aggregate, SQL in, domain types out.

pub mod account_link;
pub mod api_key;
pub mod challenge;
pub mod encryption_key;
pub mod gate;
pub mod grant;
pub mod group;
pub mod group_lookup;
pub mod member;
pub mod member_list;
pub mod organization;
pub mod provider_link;
pub mod referral;
pub mod replica;
pub mod revision;
pub mod role;
pub mod second_factor;
pub mod service_account;
pub mod session;
pub mod settings;
pub mod snapshot;
pub mod user_account;

use entente_ids::{GroupId, RoleId, UserId};
use uuid::Uuid;

use crate::domain::responsible::{Party, Responsible};
use crate::domain::role::RoleRef;
use crate::error::Error;

/// Reads a word that the database keeps. Its checks let no other in.
fn word<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Corrupt(column))
}

/// Reads a role from its two columns, of which one is set; none where the role was deleted.
fn role_ref(
    column: &'static str,
    built_in: Option<&str>,
    custom: Option<Uuid>,
) -> Result<Option<RoleRef>, Error> {
    if let Some(id) = custom {
        return Ok(Some(RoleRef::Custom(RoleId::from_uuid(id))));
    }
    built_in
        .map(|text| word(column, text).map(RoleRef::BuiltIn))
        .transpose()
}

/// Reads a responsible party from its columns, of which at most one of the first two is set.
fn responsible(user: Option<Uuid>, group: Option<Uuid>, copied: bool) -> Option<Responsible> {
    let user = user.map(|id| Party::User(UserId::from_uuid(id)));
    let party = user.or_else(|| group.map(|id| Party::Group(GroupId::from_uuid(id))))?;
    Some(Responsible { party, copied })
}

/// The columns of a responsible party: the person, the group, whether they are copied.
fn responsible_columns(responsible: Option<Responsible>) -> (Option<Uuid>, Option<Uuid>, bool) {
    let (user, group) = match responsible.map(|responsible| responsible.party) {
        None => (None, None),
        Some(Party::User(user)) => (Some(user.uuid()), None),
        Some(Party::Group(group)) => (None, Some(group.uuid())),
    };
    (
        user,
        group,
        responsible.is_some_and(|responsible| responsible.copied),
    )
}

/// The two columns of a role: the word of a built-in one, the id of a custom one.
fn role_columns(role: Option<RoleRef>) -> (Option<&'static str>, Option<Uuid>) {
    (
        role.and_then(RoleRef::built_in).map(|role| role.as_str()),
        role.and_then(RoleRef::custom).map(RoleId::uuid),
    )
}
