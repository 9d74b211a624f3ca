//! Roles that an organization makes for itself (domain row 13).

use entente_ids::{OrganizationId, RoleId};
use jiff::Timestamp;

use super::decision::{PermissionSet, Rights};
use super::member::MemberRefusal;
use super::name::{DisplayName, key};
use super::role::BuiltInRole;
use strum::VariantArray as _;

/// How many an organization can have: all of them stand in one matrix.
pub const MOST: i64 = 100;

/// A role of an organization's own making. It holds the same at home and at clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// Its id.
    pub id: RoleId,
    /// The organization.
    pub organization: OrganizationId,
    /// Its name, unique there.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: String,
    /// What it holds.
    pub permissions: PermissionSet,
    /// Rises with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Whether a name is that of a built-in role, so that nothing else is mistaken for one.
pub fn is_reserved(name: &DisplayName) -> bool {
    let wanted = name.key().replace('_', " ");
    BuiltInRole::VARIANTS
        .iter()
        .any(|role| key(&role.display_name()) == wanted)
}

/// Checks that somebody holds all that a role holds and is to hold, as who makes, changes or deletes it must.
///
/// # Errors
/// [`MemberRefusal::ExceedsOwn`].
pub fn check_permissions(
    own: Option<Rights>,
    before: PermissionSet,
    after: PermissionSet,
) -> Result<(), MemberRefusal> {
    let own = own.ok_or(MemberRefusal::ExceedsOwn)?;
    let touched = before.union(after);
    let stake = Rights {
        home: touched,
        clients: touched,
        ..Rights::default()
    };
    if stake.is_given_by(own) {
        Ok(())
    } else {
        Err(MemberRefusal::ExceedsOwn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decision::{Action, Permission, Resource};

    fn set(actions: &[Action]) -> PermissionSet {
        let resource = Resource::new(3).unwrap();
        actions
            .iter()
            .map(|action| Permission {
                resource,
                action: *action,
            })
            .collect()
    }

    fn rights(actions: &[Action]) -> Rights {
        let held = set(actions);
        Rights {
            home: held,
            clients: held,
            ..Rights::default()
        }
    }

    #[test]
    fn no_role_is_mistaken_for_a_built_in_one() {
        for name in ["Owner", "OWNER", "account_manager", "Account  Manager", "partner"] {
            assert!(is_reserved(&DisplayName::new(name).unwrap()), "{name}");
        }
        assert!(!is_reserved(&DisplayName::new("Owner of the stock").unwrap()));
    }

    #[test]
    fn nobody_puts_in_what_they_lack_nor_changes_what_is_above_them() {
        let (none, read, both) = (&[][..], &[Action::Read][..], &[Action::Read, Action::Update][..]);
        let check = |own, before, after| check_permissions(Some(rights(own)), set(before), set(after));
        assert_eq!(check(read, none, read), Ok(()));
        assert_eq!(check(read, none, both), Err(MemberRefusal::ExceedsOwn));
        assert_eq!(check(read, both, read), Err(MemberRefusal::ExceedsOwn));
        assert_eq!(
            check_permissions(None, set(none), set(none)),
            Err(MemberRefusal::ExceedsOwn)
        );
    }

    #[test]
    fn what_only_reaches_home_is_not_given_for_clients() {
        let own = Rights {
            home: set(&[Action::Read]),
            ..Rights::default()
        };
        let refused = check_permissions(Some(own), PermissionSet::default(), set(&[Action::Read]));
        assert_eq!(refused, Err(MemberRefusal::ExceedsOwn));
    }
}
