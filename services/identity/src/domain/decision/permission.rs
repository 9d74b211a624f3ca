//! Permissions and sets of them, as bits.

use serde::{Deserialize, Serialize};

/// What a permission is on: the number that the contract gives to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Resource(u8);

impl Resource {
    /// The highest number that a set has a bit for.
    pub const LAST: u8 = 63;

    /// The resource with this number, if it can be one.
    pub fn new(number: i32) -> Option<Self> {
        let number = u8::try_from(number).ok()?;
        (1..=Self::LAST).contains(&number).then_some(Self(number))
    }

    /// Its number in the contract.
    pub fn number(self) -> i32 {
        i32::from(self.0)
    }

    fn bit(self) -> u64 {
        1 << self.0
    }
}

impl TryFrom<i32> for Resource {
    type Error = &'static str;

    fn try_from(number: i32) -> Result<Self, Self::Error> {
        Self::new(number).ok_or("is no resource's number: give one from 1 to 63")
    }
}

impl From<Resource> for i32 {
    fn from(resource: Resource) -> Self {
        resource.number()
    }
}

/// What a permission allows on its resource.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// Make a new one.
    Create,
    /// See it.
    Read,
    /// Change it.
    Update,
    /// Remove or end it.
    Delete,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Create, Self::Read, Self::Update, Self::Delete];
}

/// Classes of resources, from which the built-in roles derive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceClass {
    /// The daily work.
    Data,
    /// Members, roles and the organization itself.
    Admin,
    /// Money.
    Billing,
    /// The audit trail, what decides on access, and the general settings.
    Security,
}

/// A resource and an action on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Permission {
    /// The resource.
    pub resource: Resource,
    /// The action.
    pub action: Action,
}

/// A set of permissions: a word per action, a bit per resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Permission>", into = "Vec<Permission>")]
pub struct PermissionSet {
    create: u64,
    read: u64,
    update: u64,
    delete: u64,
}

impl PermissionSet {
    /// Whether the permission is in it.
    pub fn contains(&self, permission: Permission) -> bool {
        let word = match permission.action {
            Action::Create => self.create,
            Action::Read => self.read,
            Action::Update => self.update,
            Action::Delete => self.delete,
        };
        word & permission.resource.bit() != 0
    }

    /// Puts the permission into it.
    pub fn insert(&mut self, permission: Permission) {
        let word = match permission.action {
            Action::Create => &mut self.create,
            Action::Read => &mut self.read,
            Action::Update => &mut self.update,
            Action::Delete => &mut self.delete,
        };
        *word |= permission.resource.bit();
    }

    /// What is in one of them.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            create: self.create | other.create,
            read: self.read | other.read,
            update: self.update | other.update,
            delete: self.delete | other.delete,
        }
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self {
            create: self.create & other.create,
            read: self.read & other.read,
            update: self.update & other.update,
            delete: self.delete & other.delete,
        }
    }

    /// What is in it and not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self {
            create: self.create & !other.create,
            read: self.read & !other.read,
            update: self.update & !other.update,
            delete: self.delete & !other.delete,
        }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether all of it is in the other.
    pub fn is_within(self, other: Self) -> bool {
        self.without(other).is_empty()
    }

    /// What is in it, by resource.
    pub fn iter(&self) -> impl Iterator<Item = Permission> + '_ {
        (1..=Resource::LAST)
            .map(Resource)
            .flat_map(|resource| Action::ALL.map(|action| Permission { resource, action }))
            .filter(|permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        let mut set = Self::default();
        permissions
            .into_iter()
            .for_each(|permission| set.insert(permission));
        set
    }
}

impl From<Vec<Permission>> for PermissionSet {
    fn from(permissions: Vec<Permission>) -> Self {
        permissions.into_iter().collect()
    }
}

impl From<PermissionSet> for Vec<Permission> {
    fn from(set: PermissionSet) -> Self {
        set.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        for number in 1..=63 {
            for action in Action::ALL {
                let permission = Permission {
                    resource: Resource::new(number).unwrap(),
                    action,
                };
                let set: PermissionSet = [permission].into_iter().collect();
                assert_eq!(set.iter().collect::<Vec<_>>(), [permission]);
            }
        }
    }

    #[test]
    fn a_number_without_a_bit_is_no_resource() {
        for number in [-1, 0, 64, 256 + 3, i32::MAX] {
            assert_eq!(Resource::new(number), None, "{number}");
        }
    }

    #[test]
    fn a_set_reads_back_as_it_was_written() {
        let set: PermissionSet = [Permission {
            resource: Resource(3),
            action: Action::Read,
        }]
        .into_iter()
        .collect();
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(text, r#"[{"resource":3,"action":"read"}]"#);
        assert_eq!(serde_json::from_str::<PermissionSet>(&text).unwrap(), set);
    }
}
