//! What the built-in roles hold.

use super::permission::{Action, Permission, PermissionSet, Resource, ResourceClass};
use crate::domain::member::Role;

/// The permissions of each built-in role.
#[derive(Debug, Clone, Default)]
pub struct RolePermissions {
    owner: PermissionSet,
    admin: PermissionSet,
    member: PermissionSet,
    viewer: PermissionSet,
}

impl RolePermissions {
    /// Derives the roles from the classes of the resources that there are.
    pub fn derive(resources: impl IntoIterator<Item = (Resource, ResourceClass)>) -> Self {
        let mut roles = Self::default();
        for (resource, class) in resources {
            for action in Action::ALL {
                let permission = Permission { resource, action };
                for role in [Role::Owner, Role::Admin, Role::Member, Role::Viewer] {
                    if holds(role, class, action) {
                        roles.of_mut(role).insert(permission);
                    }
                }
            }
        }
        roles
    }

    /// What a role holds.
    pub fn of(&self, role: Role) -> &PermissionSet {
        match role {
            Role::Owner => &self.owner,
            Role::Admin => &self.admin,
            Role::Member => &self.member,
            Role::Viewer => &self.viewer,
        }
    }

    fn of_mut(&mut self, role: Role) -> &mut PermissionSet {
        match role {
            Role::Owner => &mut self.owner,
            Role::Admin => &mut self.admin,
            Role::Member => &mut self.member,
            Role::Viewer => &mut self.viewer,
        }
    }
}

/// Domain row 11.
fn holds(role: Role, class: ResourceClass, action: Action) -> bool {
    use ResourceClass::{Admin, Billing, Data, Security};
    match (role, class) {
        (Role::Owner, _) | (Role::Admin, Data | Admin | Security) | (Role::Member, Data) => true,
        (Role::Member, Admin) | (Role::Viewer, Data | Admin) => action == Action::Read,
        (Role::Admin, Billing) | (Role::Member | Role::Viewer, Billing | Security) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_holds_what_its_classes_give() {
        let classes = [
            ResourceClass::Data,
            ResourceClass::Admin,
            ResourceClass::Billing,
            ResourceClass::Security,
        ];
        let resources = (1..).filter_map(Resource::new).zip(classes);
        let roles = RolePermissions::derive(resources.clone());
        let held = |role| {
            resources
                .clone()
                .map(|(resource, _)| {
                    let held =
                        Action::ALL.map(|action| roles.of(role).contains(Permission { resource, action }));
                    match held {
                        [true, true, true, true] => "all",
                        [false, true, false, false] => "read",
                        [false, false, false, false] => "none",
                        _ => "odd",
                    }
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(held(Role::Owner), ["all", "all", "all", "all"]);
        assert_eq!(held(Role::Admin), ["all", "all", "none", "all"]);
        assert_eq!(held(Role::Member), ["all", "read", "none", "none"]);
        assert_eq!(held(Role::Viewer), ["read", "read", "none", "none"]);
    }
}
