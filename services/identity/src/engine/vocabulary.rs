//! The words of the contract as those of the domain.

use entente_contracts::access::v1::{
    Action as ContractAction, Gate as ContractGate, Resource as ContractResource,
    ResourceClass as ContractClass,
};
use entente_contracts::class_of;

use crate::domain::decision::{Action, Gate, Permission, Resource, ResourceClass, RolePermissions};

/// What the built-in roles hold of all that the contract names.
pub fn roles() -> RolePermissions {
    RolePermissions::derive((1..=i32::from(Resource::LAST)).filter_map(|number| {
        let class = class(class_of(ContractResource::try_from(number).ok()?))?;
        Some((Resource::new(number)?, class))
    }))
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

/// The permission as people read it: `product:read`.
pub fn permission_name(permission: Permission) -> String {
    let resource = ContractResource::try_from(permission.resource.number()).unwrap_or_default();
    let resource = resource
        .as_str_name()
        .trim_start_matches("RESOURCE_")
        .to_ascii_lowercase();
    let action: &str = permission.action.into();
    format!("{resource}:{action}")
}

/// The gate of the contract, if it names one.
pub fn gate(gate: ContractGate) -> Option<Gate> {
    match gate {
        ContractGate::Unspecified => None,
        ContractGate::BillingSetUp => Some(Gate::BillingSetUp),
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
    use entente_contracts::METHODS;

    use super::*;
    use crate::domain::member::Role;

    #[test]
    fn an_owner_holds_every_permission_that_a_method_needs() {
        let roles = roles();
        for rule in METHODS
            .iter()
            .filter(|rule| rule.resource != ContractResource::Unspecified)
        {
            let permission = permission(rule.resource.into(), rule.action.into()).unwrap();
            assert!(roles.of(Role::Owner).contains(permission), "{}", rule.method);
        }
    }

    #[test]
    fn a_permission_reads_as_resource_and_action() {
        let resource = ContractResource::PartnershipInvitation.into();
        let permission = permission(resource, ContractAction::Read.into()).unwrap();
        assert_eq!(permission_name(permission), "partnership_invitation:read");
    }

    #[test]
    fn a_number_that_the_contract_lacks_is_no_permission() {
        assert_eq!(permission(63, 2), None);
        assert_eq!(permission(3, 0), None);
        assert_eq!(permission(0, 2), None);
    }
}
