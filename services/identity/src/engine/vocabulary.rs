//! The words of the contract as those of the domain.

use entente_contracts::access::v1::{
    Action as ContractAction, DelegationFlag as ContractFlag, Gate as ContractGate, Module as ContractModule,
    Resource as ContractResource, ResourceClass as ContractClass,
};
use entente_contracts::{METHODS, class_of};
use entente_ids::OrganizationId;

use crate::domain::decision::{
    Action, DelegationFlag, Gate, Module, NamedResource, Need, Permission, Resource, ResourceClass,
    RolePermissions,
};

/// What the built-in roles hold of all that the contract names.
pub fn roles() -> RolePermissions {
    RolePermissions::derive(&resources())
}

/// Every resource that the contract names, in the order of their numbers.
pub fn resources() -> Vec<NamedResource> {
    let named = (1..=i32::from(Resource::LAST)).filter_map(|number| {
        let contract = ContractResource::try_from(number).ok()?;
        Some(NamedResource {
            resource: Resource::new(number)?,
            name: name(contract),
            class: class(class_of(contract))?,
        })
    });
    named.collect()
}

fn name(resource: ContractResource) -> String {
    resource
        .as_str_name()
        .trim_start_matches("RESOURCE_")
        .to_ascii_lowercase()
}

/// The permission that the contract's numbers name, if they name one.
pub fn permission(resource: i32, action: i32) -> Option<Permission> {
    // Only what the contract has: not every number is a resource.
    let resource = Resource::new(ContractResource::try_from(resource).ok()?.into())?;
    let action = match ContractAction::try_from(action).ok()? {
        ContractAction::Unspecified => return None,
        ContractAction::Create => Action::Create,
        ContractAction::Read => Action::Read,
        ContractAction::Update => Action::Update,
        ContractAction::Delete => Action::Delete,
    };
    Some(Permission { resource, action })
}

/// The permission to do this to organizations.
pub fn on_organizations(action: Action) -> Option<Permission> {
    let resource = Resource::new(ContractResource::Organization.into())?;
    Some(Permission { resource, action })
}

/// The action in the contract's words.
pub fn action(action: Action) -> ContractAction {
    match action {
        Action::Create => ContractAction::Create,
        Action::Read => ContractAction::Read,
        Action::Update => ContractAction::Update,
        Action::Delete => ContractAction::Delete,
    }
}

/// What is asked of whoever wants to use a permission upon an organization, whichever method it is for: the permission,
/// and what the rules of all methods that need it ask besides. A recent proof and a product belong to a call.
pub fn need(permission: Permission, organization: OrganizationId) -> Need {
    let mut rules = METHODS.iter().filter(|rule| {
        i32::from(rule.resource) == permission.resource.number() && rule.action == action(permission.action)
    });
    let Some(first) = rules.next() else {
        return Need::of(permission, organization);
    };
    let asked = Need {
        gate: gate(first.gate),
        legal_representative: first.legal_representative,
        exempt: first.exempt,
        delegation: delegation(first.delegation),
        module: module(first.module),
        ..Need::of(permission, organization)
    };
    rules.fold(asked, |asked, rule| Need {
        gate: asked.gate.filter(|known| gate(rule.gate) == Some(*known)),
        legal_representative: asked.legal_representative && rule.legal_representative,
        exempt: asked.exempt && rule.exempt,
        delegation: asked
            .delegation
            .filter(|known| delegation(rule.delegation) == Some(*known)),
        module: asked.module.filter(|known| module(rule.module) == Some(*known)),
        ..asked
    })
}

/// Whether there are calls that need the permission upon a single product, which a limited mandate can cover.
pub fn is_of_products(permission: Permission) -> bool {
    METHODS.iter().any(|rule| {
        rule.scope.is_some()
            && i32::from(rule.resource) == permission.resource.number()
            && rule.action == action(permission.action)
    })
}

/// The permission as people read it: `product:read`.
pub fn permission_name(permission: Permission) -> String {
    let resource = ContractResource::try_from(permission.resource.number()).unwrap_or_default();
    let action: &str = permission.action.into();
    format!("{}:{action}", name(resource))
}

/// The permission that people write as `product:read`, if there is one.
pub fn permission_named(text: &str) -> Option<Permission> {
    let (resource, action) = text.split_once(':')?;
    let named = resources().into_iter().find(|named| named.name == resource)?;
    let action = Action::ALL
        .into_iter()
        .find(|known| <&str>::from(*known) == action)?;
    Some(Permission {
        resource: named.resource,
        action,
    })
}

/// The module in the contract's words.
pub fn contract_module(module: Module) -> ContractModule {
    match module {
        Module::Cockpit => ContractModule::Cockpit,
        Module::Catalogue => ContractModule::Catalogue,
    }
}

/// The gate of the contract, if it names one.
pub fn gate(gate: ContractGate) -> Option<Gate> {
    match gate {
        ContractGate::Unspecified => None,
        ContractGate::BillingSetUp => Some(Gate::BillingSetUp),
    }
}

/// The delegation flag of the contract, if it names one.
pub fn delegation(flag: ContractFlag) -> Option<DelegationFlag> {
    match flag {
        ContractFlag::Unspecified => None,
        ContractFlag::UserCreation => Some(DelegationFlag::AllowUserCreation),
        ContractFlag::CredentialChanges => Some(DelegationFlag::AllowCredentialChanges),
        ContractFlag::EncryptionKeys => Some(DelegationFlag::AllowEncryptionKeys),
        ContractFlag::MfaPolicyChanges => Some(DelegationFlag::AllowMfaPolicyChanges),
    }
}

/// The module of the contract, if it names one.
pub fn module(module: ContractModule) -> Option<Module> {
    match module {
        ContractModule::Unspecified => None,
        ContractModule::Cockpit => Some(Module::Cockpit),
        ContractModule::Catalogue => Some(Module::Catalogue),
    }
}

fn class(class: ContractClass) -> Option<ResourceClass> {
    match class {
        ContractClass::Unspecified => None,
        ContractClass::Data => Some(ResourceClass::Data),
        ContractClass::Admin => Some(ResourceClass::Admin),
        ContractClass::Billing => Some(ResourceClass::Billing),
        ContractClass::Security => Some(ResourceClass::Security),
    }
}

#[cfg(test)]
mod tests {
    use entente_testkit::matrix::{self, Asked, Ground};

    use super::*;
    use crate::domain::matrix::{BY_ACCOUNT_TYPE, Holds};
    use crate::domain::organization::OrganizationKind;
    use crate::domain::role::BuiltInRole;
    use strum::VariantArray as _;
    use uuid::Uuid;

    #[test]
    fn an_owner_holds_every_permission_that_a_method_needs() {
        let roles = roles();
        let owner = roles.of(OrganizationKind::Client, BuiltInRole::Owner).unwrap();
        for rule in METHODS
            .iter()
            .filter(|rule| rule.resource != ContractResource::Unspecified)
        {
            let permission = permission(rule.resource.into(), rule.action.into()).unwrap();
            assert!(owner.home.contains(permission), "{}", rule.method);
        }
    }

    #[test]
    fn the_matrix_names_only_resources_of_the_contract() {
        let names: Vec<String> = resources().into_iter().map(|resource| resource.name).collect();
        for entry in &BY_ACCOUNT_TYPE {
            let Holds::These(lines) = entry.holds else {
                continue;
            };
            for (name, _) in lines {
                assert!(names.iter().any(|known| known == name), "{name}");
            }
        }
    }

    #[test]
    fn every_role_holds_of_every_resource_what_is_written_and_nothing_else() {
        use OrganizationKind::{Affiliate, Client, DirectClient, Operator, Partner, SubPartner};
        let roles = roles();
        let mut wrong = Vec::new();
        for kind in [Operator, Partner, SubPartner, Affiliate, DirectClient, Client] {
            for role in BuiltInRole::VARIANTS {
                let holding = roles.of(kind, *role).copied().unwrap_or_default();
                for (named, action) in resources()
                    .iter()
                    .flat_map(|named| Action::ALL.map(|action| (named, action)))
                {
                    let class: &str = match named.class {
                        ResourceClass::Data => "data",
                        ResourceClass::Admin => "admin",
                        ResourceClass::Billing => "billing",
                        ResourceClass::Security => "security",
                    };
                    let asked = Asked {
                        resource: &named.name,
                        class,
                        action: action.into(),
                    };
                    let permission = Permission {
                        resource: named.resource,
                        action,
                    };
                    for (ground, held) in [(Ground::Home, holding.home), (Ground::Client, holding.clients)] {
                        let expected = matrix::allows(kind.as_str(), role.as_str(), asked, ground);
                        if held.contains(permission) != expected {
                            wrong.push(format!("{kind:?} {role:?} {asked:?} at {ground:?}: {expected}"));
                        }
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "expected otherwise:\n{}", wrong.join("\n"));
    }

    #[test]
    fn what_all_methods_of_a_permission_ask_is_asked_with_it() {
        let organization = OrganizationId::from_uuid(Uuid::nil());
        let asked = |name| need(permission_named(name).unwrap(), organization);
        assert_eq!(asked("product:read").module, Some(Module::Catalogue));
        assert_eq!(
            asked("service_account:create").delegation,
            Some(DelegationFlag::AllowUserCreation)
        );
        assert!(asked("partnership_invitation:create").legal_representative);
        // To accept needs the gate, and to refuse doesn't.
        assert_eq!(asked("partnership_invitation:update").gate, None);
        // No method needs it.
        let permission = permission_named("price_cost:read").unwrap();
        assert_eq!(asked("price_cost:read"), Need::of(permission, organization));
    }

    #[test]
    fn a_permission_reads_as_resource_and_action() {
        let resource = ContractResource::PartnershipInvitation.into();
        let permission = permission(resource, ContractAction::Read.into()).unwrap();
        assert_eq!(permission_name(permission), "partnership_invitation:read");
        assert_eq!(permission_named("partnership_invitation:read"), Some(permission));
        assert_eq!(permission_named("partnership_invitation:sell"), None);
    }

    #[test]
    fn a_number_that_the_contract_lacks_is_no_permission() {
        assert_eq!(permission(63, 2), None);
        assert_eq!(permission(3, 0), None);
        assert_eq!(permission(0, 2), None);
    }
}
