//! What the built-in roles hold, as bits.

use super::permission::{Action, Permission, PermissionSet, Resource, ResourceClass};
use crate::domain::matrix::{BY_ACCOUNT_TYPE, Entry, Holds, Reach, holds_in_every_organization};
use crate::domain::organization::OrganizationKind;
use crate::domain::role::BuiltInRole;

/// A resource of the contract, as roles are derived from it.
#[derive(Debug, Clone)]
pub struct NamedResource {
    /// The resource.
    pub resource: Resource,
    /// Its name in the matrix, such as `payment_method`.
    pub name: String,
    /// Its class.
    pub class: ResourceClass,
}

/// The permissions of each built-in role in each kind of organization.
#[derive(Debug, Clone, Default)]
pub struct RolePermissions {
    operator: KindRoles,
    partner: KindRoles,
    sub_partner: KindRoles,
    affiliate: KindRoles,
    direct_client: KindRoles,
    client: KindRoles,
}

/// What a role holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holding {
    /// In the role's own organization.
    pub home: PermissionSet,
    /// At clients, through a mandate.
    pub clients: PermissionSet,
    /// At clients only if they stand on the member's own referral list.
    pub referrals_only: bool,
}

#[derive(Debug, Clone, Default)]
struct KindRoles {
    owner: Option<Holding>,
    admin: Option<Holding>,
    member: Option<Holding>,
    viewer: Option<Holding>,
    account_manager: Option<Holding>,
    billing_manager: Option<Holding>,
    technical_manager: Option<Holding>,
    subscription_manager: Option<Holding>,
    delegated_account_administrator: Option<Holding>,
}

impl RolePermissions {
    /// Derives the roles from the resources that there are.
    pub fn derive(resources: &[NamedResource]) -> Self {
        use OrganizationKind::{Affiliate, Client, DirectClient, Operator, Partner, SubPartner};
        let mut roles = Self::default();
        for kind in [Operator, Partner, SubPartner, Affiliate, DirectClient, Client] {
            for role in crate::domain::matrix::IN_EVERY_ORGANIZATION {
                let held = permissions(resources, |resource, action| {
                    holds_in_every_organization(role, resource.class, action)
                });
                roles.set(kind, role, Holding::everywhere(held));
            }
        }
        for entry in &BY_ACCOUNT_TYPE {
            roles.set(entry.kind, entry.role, of_entry(entry, resources));
        }
        roles
    }

    /// What a role holds in organizations of a kind; none where they don't have it.
    pub fn of(&self, kind: OrganizationKind, role: BuiltInRole) -> Option<&Holding> {
        let roles = match kind {
            OrganizationKind::Operator => &self.operator,
            OrganizationKind::Partner => &self.partner,
            OrganizationKind::SubPartner => &self.sub_partner,
            OrganizationKind::Affiliate => &self.affiliate,
            OrganizationKind::DirectClient => &self.direct_client,
            OrganizationKind::Client => &self.client,
        };
        match role {
            BuiltInRole::Owner => roles.owner.as_ref(),
            BuiltInRole::Admin => roles.admin.as_ref(),
            BuiltInRole::Member => roles.member.as_ref(),
            BuiltInRole::Viewer => roles.viewer.as_ref(),
            BuiltInRole::Partner => None,
            BuiltInRole::AccountManager => roles.account_manager.as_ref(),
            BuiltInRole::BillingManager => roles.billing_manager.as_ref(),
            BuiltInRole::TechnicalManager => roles.technical_manager.as_ref(),
            BuiltInRole::SubscriptionManager => roles.subscription_manager.as_ref(),
            BuiltInRole::DelegatedAccountAdministrator => roles.delegated_account_administrator.as_ref(),
        }
    }

    fn set(&mut self, kind: OrganizationKind, role: BuiltInRole, holding: Holding) {
        let roles = match kind {
            OrganizationKind::Operator => &mut self.operator,
            OrganizationKind::Partner => &mut self.partner,
            OrganizationKind::SubPartner => &mut self.sub_partner,
            OrganizationKind::Affiliate => &mut self.affiliate,
            OrganizationKind::DirectClient => &mut self.direct_client,
            OrganizationKind::Client => &mut self.client,
        };
        let place = match role {
            BuiltInRole::Owner => &mut roles.owner,
            BuiltInRole::Admin => &mut roles.admin,
            BuiltInRole::Member => &mut roles.member,
            BuiltInRole::Viewer => &mut roles.viewer,
            BuiltInRole::Partner => return,
            BuiltInRole::AccountManager => &mut roles.account_manager,
            BuiltInRole::BillingManager => &mut roles.billing_manager,
            BuiltInRole::TechnicalManager => &mut roles.technical_manager,
            BuiltInRole::SubscriptionManager => &mut roles.subscription_manager,
            BuiltInRole::DelegatedAccountAdministrator => &mut roles.delegated_account_administrator,
        };
        *place = Some(holding);
    }
}

impl Holding {
    /// The same at home and at clients, as custom roles have it.
    pub fn everywhere(held: PermissionSet) -> Self {
        Self {
            home: held,
            clients: held,
            referrals_only: false,
        }
    }

    /// All that it can give, wherever.
    pub fn all(&self) -> PermissionSet {
        self.home.union(self.clients)
    }
}

fn of_entry(entry: &Entry, resources: &[NamedResource]) -> Holding {
    let written = permissions(resources, |resource, action| match entry.holds {
        Holds::Everything => true,
        Holds::EverythingButBilling => resource.class != ResourceClass::Billing,
        Holds::These(lines) => lines
            .iter()
            .any(|(name, actions)| *name == resource.name && actions.contains(&action)),
    });
    let changes_own = permissions(resources, |resource, action| {
        resource.name == "organization" && matches!(action, Action::Update | Action::Delete)
    });
    match entry.reach {
        Reach::Everywhere => Holding::everywhere(written),
        Reach::OrganizationsBelow => Holding {
            home: written.without(changes_own),
            ..Holding::everywhere(written)
        },
        Reach::Clients => Holding {
            home: PermissionSet::default(),
            ..Holding::everywhere(written)
        },
        Reach::Referrals => Holding {
            home: written,
            clients: permissions(resources, |_, _| true),
            referrals_only: true,
        },
    }
}

fn permissions(resources: &[NamedResource], held: impl Fn(&NamedResource, Action) -> bool) -> PermissionSet {
    resources
        .iter()
        .flat_map(|resource| Action::ALL.map(|action| (resource, action)))
        .filter(|(resource, action)| held(resource, *action))
        .map(|(resource, action)| Permission {
            resource: resource.resource,
            action,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matrix::IN_EVERY_ORGANIZATION;

    #[test]
    fn each_role_of_every_organization_holds_what_its_classes_give() {
        let classes = [
            ResourceClass::Data,
            ResourceClass::Admin,
            ResourceClass::Billing,
            ResourceClass::Security,
        ];
        let resources: Vec<_> = (1..)
            .filter_map(Resource::new)
            .zip(classes)
            .map(|(resource, class)| NamedResource {
                resource,
                name: format!("{class:?}"),
                class,
            })
            .collect();
        let roles = RolePermissions::derive(&resources);
        let held = |role| {
            let holding = roles.of(OrganizationKind::Client, role).unwrap();
            resources
                .iter()
                .map(|NamedResource { resource, .. }| {
                    let resource = *resource;
                    match Action::ALL.map(|action| holding.home.contains(Permission { resource, action })) {
                        [true, true, true, true] => "all",
                        [false, true, false, false] => "read",
                        [false, false, false, false] => "none",
                        _ => "odd",
                    }
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            IN_EVERY_ORGANIZATION.map(held),
            [
                ["all", "all", "all", "all"],
                ["all", "all", "none", "all"],
                ["all", "read", "none", "none"],
                ["read", "read", "none", "none"],
            ]
        );
    }
}
