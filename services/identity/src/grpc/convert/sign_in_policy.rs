//! Second factors and sign-in policies in the contract's words.

use entente_contracts::identity::v1 as contract;
use entente_contracts::identity::v1::SignInPolicy;

use crate::domain::decision::SecondFactorPolicy;
use crate::domain::organization::Organization;

/// What an organization asks of its people.
pub fn policy(organization: &Organization) -> SignInPolicy {
    SignInPolicy {
        organization: organization.id.to_string(),
        second_factor: second_factor(organization.controls.second_factor).into(),
        second_factor_required: organization.controls.second_factor_required,
        etag: organization.version.to_string(),
    }
}

/// A second factor's policy in the contract's words.
pub fn second_factor(policy: SecondFactorPolicy) -> contract::SecondFactorPolicy {
    match policy {
        SecondFactorPolicy::Inherit => contract::SecondFactorPolicy::Inherit,
        SecondFactorPolicy::Always => contract::SecondFactorPolicy::Always,
        SecondFactorPolicy::Never => contract::SecondFactorPolicy::Never,
    }
}
