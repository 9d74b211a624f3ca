//! What an organization's people are held to, and who looks after it, in the contract's words.

use entente_contracts::access::v1::{Action as ContractAction, DelegationFlag as ContractFlag};
use entente_contracts::identity::v1 as contract;

use crate::domain::decision::{Action, Controls, DelegationFlag, Permission, PermissionSet};
use crate::domain::responsible::Responsible;
use crate::engine::vocabulary;
use crate::error::Error;

/// What the operator says of an organization's people.
pub(crate) fn controls(controls: &Controls) -> contract::OrganizationControls {
    contract::OrganizationControls {
        delegation: controls.delegation.iter().map(flag).map(i32::from).collect(),
        ceiling: controls.ceiling.map(|ceiling| contract::PermissionCeiling {
            permissions: ceiling.iter().map(permission).collect(),
        }),
        second_factor_required: controls.second_factor_required,
    }
}

/// As the operator says it; what the organization says itself is left out.
pub(crate) fn read(asked: &contract::OrganizationControls) -> Result<Controls, Error> {
    let flags = asked.delegation.iter().map(|number| {
        ContractFlag::try_from(*number)
            .ok()
            .and_then(vocabulary::delegation)
            .ok_or_else(|| {
                Error::field(
                    "controls.delegation",
                    "has a flag that is not known: give those of the contract",
                )
            })
    });
    let ceiling = asked.ceiling.as_ref().map(|ceiling| {
        let permissions = ceiling.permissions.iter().map(|permission| {
            vocabulary::permission(permission.resource, permission.action).ok_or_else(|| {
                Error::field(
                    "controls.ceiling",
                    "has no permission: give a resource and an action",
                )
            })
        });
        permissions.collect::<Result<PermissionSet, _>>()
    });
    Ok(Controls {
        ceiling: ceiling.transpose()?,
        delegation: flags.collect::<Result<_, _>>()?,
        second_factor_required: asked.second_factor_required,
        ..Controls::default()
    })
}

/// Who looks after somebody.
pub(crate) fn responsible(responsible: Responsible) -> contract::ResponsibleParty {
    contract::ResponsibleParty {
        party: responsible.party.to_string(),
        copied: responsible.copied,
    }
}

/// Reads it from the field `responsible`.
pub(crate) fn read_responsible(asked: &contract::ResponsibleParty) -> Result<Responsible, Error> {
    Ok(Responsible {
        party: super::parse("responsible.party", &asked.party)?,
        copied: asked.copied,
    })
}

fn permission(permission: Permission) -> contract::CeilingPermission {
    let action = match permission.action {
        Action::Create => ContractAction::Create,
        Action::Read => ContractAction::Read,
        Action::Update => ContractAction::Update,
        Action::Delete => ContractAction::Delete,
    };
    contract::CeilingPermission {
        resource: permission.resource.number(),
        action: action.into(),
    }
}

fn flag(flag: DelegationFlag) -> ContractFlag {
    match flag {
        DelegationFlag::AllowUserCreation => ContractFlag::UserCreation,
        DelegationFlag::AllowCredentialChanges => ContractFlag::CredentialChanges,
        DelegationFlag::AllowEncryptionKeys => ContractFlag::EncryptionKeys,
        DelegationFlag::AllowMfaPolicyChanges => ContractFlag::MfaPolicyChanges,
    }
}
