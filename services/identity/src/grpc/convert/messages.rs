//! Roles, groups, service accounts and keys in the contract's words.

use entente_contracts::access::v1::{
    Action as ContractAction, Resource as ContractResource, ResourceClass as ContractClass,
};
use entente_contracts::identity::v1 as contract;
use entente_contracts::{class_of, timestamp};

use super::role_name;
use crate::app::list_roles::Shown;
use crate::domain::custom_role::CustomRole;
use crate::domain::decision::{Action, PermissionSet, Rights};
use crate::domain::encryption_key::{EncryptionKey, KeyFormat};
use crate::domain::group::{Group, Insider};
use crate::domain::role::RoleRef;
use crate::domain::service_account::{ApiKey, ServiceAccount, ServiceAccountState};
use crate::engine::vocabulary;
use crate::security::api_key::prefix;
use crate::store::group::Listed;
use crate::store::referral::Referral;
use crate::store::role::Holders;

/// A custom role in the contract's words.
pub fn custom_role(role: &CustomRole, holders: Holders) -> contract::Role {
    contract::Role {
        id: role.id.to_string(),
        organization: role.organization.to_string(),
        display_name: role.display_name.as_str().to_owned(),
        description: role.description.clone(),
        permissions: permissions(&role.permissions),
        client_permissions: permissions(&role.permissions),
        built_in: false,
        member_count: holders.members,
        service_account_count: holders.service_accounts,
        etag: role.version.to_string(),
        create_time: Some(timestamp(role.created_at)),
        update_time: Some(timestamp(role.updated_at)),
    }
}

/// Any role in the contract's words.
pub(crate) fn role(organization: &str, shown: &Shown, holders: Holders) -> contract::Role {
    match shown {
        Shown::Custom(role) => custom_role(role, holders),
        Shown::BuiltIn(role, rights) => contract::Role {
            id: role.as_str().to_owned(),
            organization: organization.to_owned(),
            display_name: role.display_name(),
            permissions: permissions(&rights.home),
            client_permissions: permissions(&rights.at_some_client()),
            built_in: true,
            member_count: holders.members,
            service_account_count: holders.service_accounts,
            ..contract::Role::default()
        },
    }
}

/// A row of the matrix.
pub(crate) fn matrix_role(shown: &Shown, rights: &Rights) -> contract::MatrixRole {
    let display_name = match shown {
        Shown::BuiltIn(role, _) => role.display_name(),
        Shown::Custom(role) => role.display_name.as_str().to_owned(),
    };
    let cells = vocabulary::resources().into_iter().map(|named| {
        let on = |set: &PermissionSet| {
            let held = Action::ALL.into_iter().filter(|action| {
                set.contains(crate::domain::decision::Permission {
                    resource: named.resource,
                    action: *action,
                })
            });
            held.map(|action| i32::from(contract_action(action))).collect()
        };
        contract::MatrixCell {
            resource: named.resource.number(),
            actions: on(&rights.home),
            client_actions: on(&rights.at_some_client()),
        }
    });
    contract::MatrixRole {
        role: shown.reference().to_string(),
        display_name,
        cells: cells
            .filter(|cell| !cell.actions.is_empty() || !cell.client_actions.is_empty())
            .collect(),
    }
}

/// The columns of the matrix.
pub(crate) fn matrix_resources() -> Vec<contract::MatrixResource> {
    let class = |number| ContractResource::try_from(number).map_or(ContractClass::Unspecified, class_of);
    vocabulary::resources()
        .into_iter()
        .map(|named| contract::MatrixResource {
            resource: named.resource.number(),
            name: named.name,
            class: class(named.resource.number()).into(),
        })
        .collect()
}

/// A group in the contract's words.
pub fn group(group: &Group) -> contract::Group {
    contract::Group {
        id: group.id.to_string(),
        organization: group.organization.to_string(),
        display_name: group.display_name.as_str().to_owned(),
        description: group.description.clone(),
        roles: group.roles.iter().map(RoleRef::to_string).collect(),
        member_count: group.member_count,
        etag: group.version.to_string(),
        create_time: Some(timestamp(group.created_at)),
        update_time: Some(timestamp(group.updated_at)),
    }
}

/// Somebody in a group in the contract's words.
pub(crate) fn group_member(listed: &Listed) -> contract::GroupMember {
    let (member, service_account) = match listed.insider {
        Insider::Member(id) => (id.to_string(), String::new()),
        Insider::ServiceAccount(id) => (String::new(), id.to_string()),
    };
    contract::GroupMember {
        member,
        service_account,
        display_name: listed.display_name.clone().unwrap_or_default(),
        email: listed.email.clone().unwrap_or_default(),
        add_time: Some(timestamp(listed.added_at)),
    }
}

/// A service account in the contract's words.
pub fn service_account(account: &ServiceAccount) -> contract::ServiceAccount {
    contract::ServiceAccount {
        id: account.id.to_string(),
        organization: account.organization.to_string(),
        display_name: account.display_name.as_str().to_owned(),
        description: account.description.clone(),
        role: role_name(account.role),
        groups: account.groups.iter().map(ToString::to_string).collect(),
        state: match account.state {
            ServiceAccountState::Active => contract::ServiceAccountState::Active,
            ServiceAccountState::Disabled => contract::ServiceAccountState::Disabled,
            ServiceAccountState::Deleted => contract::ServiceAccountState::Deleted,
        }
        .into(),
        etag: account.version.to_string(),
        create_time: Some(timestamp(account.created_at)),
        update_time: Some(timestamp(account.updated_at)),
    }
}

/// A key in the contract's words, without its secret.
pub fn api_key(key: &ApiKey) -> contract::ApiKey {
    contract::ApiKey {
        id: key.id.to_string(),
        service_account: key.service_account.to_string(),
        display_name: key.display_name.as_str().to_owned(),
        prefix: prefix(key.id),
        expire_time: Some(timestamp(key.expires_at)),
        last_use_time: key.last_used_at.map(timestamp),
        revoke_time: key.revoked_at.map(timestamp),
        successor: key.successor.map(|id| id.to_string()).unwrap_or_default(),
        create_time: Some(timestamp(key.created_at)),
    }
}

/// An encryption key in the contract's words.
pub fn encryption_key(key: &EncryptionKey) -> contract::EncryptionKey {
    contract::EncryptionKey {
        id: key.id.to_string(),
        organization: key.organization.to_string(),
        display_name: key.display_name.as_str().to_owned(),
        format: match key.format {
            KeyFormat::Openpgp => contract::EncryptionKeyFormat::Openpgp,
            KeyFormat::Ssh => contract::EncryptionKeyFormat::Ssh,
        }
        .into(),
        algorithm: key.algorithm.clone(),
        fingerprint: key.fingerprint.clone(),
        public_key: key.public_key.clone(),
        generated: key.generated,
        expire_time: key.expires_at.map(timestamp),
        create_time: Some(timestamp(key.created_at)),
    }
}

/// A client on an advisor's list in the contract's words.
pub(crate) fn referral(referral: &Referral) -> contract::Referral {
    contract::Referral {
        client: referral.client.to_string(),
        add_time: Some(timestamp(referral.added_at)),
    }
}

fn permissions(set: &PermissionSet) -> Vec<contract::Permission> {
    set.iter()
        .map(|permission| contract::Permission {
            resource: permission.resource.number(),
            action: contract_action(permission.action).into(),
        })
        .collect()
}

fn contract_action(action: Action) -> ContractAction {
    match action {
        Action::Create => ContractAction::Create,
        Action::Read => ContractAction::Read,
        Action::Update => ContractAction::Update,
        Action::Delete => ContractAction::Delete,
    }
}
