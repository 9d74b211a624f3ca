//! Between the contract and the domain. What can't be converted is told with its field.

use entente_contracts::partners::v1 as contract;
use entente_contracts::partners::v1::{
    MandateAccess, PartnershipInvitationState as ContractInvitationState,
    PartnershipState as ContractPartnershipState,
};
use entente_contracts::timestamp;
use entente_ids::{Id, Kind, ProductId};
use jiff::Timestamp;

use crate::domain::invitation::{Invitation, InvitationState};
use crate::domain::mandate::{Mandate, Products, Scope};
use crate::domain::name::Name;
use crate::domain::organization::Organization;
use crate::domain::partnership::{Partnership, PartnershipState};
use crate::domain::product::{Product, ProductUpdate};
use crate::error::{Error, Violation};

/// Reads an id.
///
/// # Errors
/// [`Error::Fields`] naming the field.
pub fn id<K: Kind>(field: &str, text: &str) -> Result<Id<K>, Error> {
    text.parse()
        .map_err(|error: entente_ids::ParseIdError| Error::field(field, error.to_string()))
}

/// Reads the names of a product.
///
/// # Errors
/// [`Error::Fields`] naming each that is wrong.
pub fn new_product(product: Option<&contract::Product>) -> Result<(Name, Name), Error> {
    let product = product.cloned().unwrap_or_default();
    let category = name("product.category", &product.category);
    let display_name = name("product.display_name", &product.display_name);
    match (category, display_name) {
        (Ok(category), Ok(display_name)) => Ok((category, display_name)),
        (category, display_name) => Err(Error::Fields(
            [category.err(), display_name.err()]
                .into_iter()
                .flatten()
                .collect(),
        )),
    }
}

/// Reads what a product's update changes.
///
/// # Errors
/// [`Error::Fields`] naming a path that can't be changed, or a name that is wrong.
pub fn product_update(product: &contract::Product, paths: &[String]) -> Result<ProductUpdate, Error> {
    let mut update = ProductUpdate::default();
    if paths.is_empty() {
        return Err(Error::field(
            "update_mask",
            "names nothing: name category, display_name or both",
        ));
    }
    let mut violations = Vec::new();
    for path in paths {
        match path.as_str() {
            "category" => match name("product.category", &product.category) {
                Ok(name) => update.category = Some(name),
                Err(violation) => violations.push(violation),
            },
            "display_name" => match name("product.display_name", &product.display_name) {
                Ok(name) => update.display_name = Some(name),
                Err(violation) => violations.push(violation),
            },
            other => violations.push(Violation {
                field: "update_mask".to_owned(),
                description: format!("can't change {other:?}: name category, display_name or both"),
            }),
        }
    }
    if violations.is_empty() {
        Ok(update)
    } else {
        Err(Error::Fields(violations))
    }
}

fn name(field: &str, text: &str) -> Result<Name, Violation> {
    Name::new(text).map_err(|error| Violation {
        field: field.to_owned(),
        description: error.to_string(),
    })
}

/// Reads what a mandate is to cover.
///
/// # Errors
/// [`Error::Fields`] naming what doesn't fit.
pub fn scope(access: MandateAccess, products: &[String]) -> Result<Scope, Error> {
    match access {
        MandateAccess::Unspecified => Err(Error::field("access", "is missing: give limited or complete")),
        MandateAccess::Complete if products.is_empty() => Ok(Scope::Complete),
        MandateAccess::Complete => Err(Error::field(
            "products",
            "are named for a complete mandate, which covers all: give none",
        )),
        MandateAccess::Limited => {
            let products = Products::new(product_ids(products)?);
            let empty = || Error::field("products", "are missing for a limited mandate: give at least one");
            products.map(Scope::Limited).ok_or_else(empty)
        }
    }
}

fn product_ids(products: &[String]) -> Result<Vec<ProductId>, Error> {
    let (mut ids, mut violations) = (Vec::new(), Vec::new());
    for (index, product) in products.iter().enumerate() {
        match product.parse::<ProductId>() {
            Ok(id) => ids.push(id),
            Err(error) => {
                violations.push(Violation {
                    field: format!("products[{index}]"),
                    description: error.to_string(),
                });
            }
        }
    }
    if violations.is_empty() {
        Ok(ids)
    } else {
        Err(Error::Fields(violations))
    }
}

/// The state that a list of invitations is filtered by.
pub fn invitation_filter(state: ContractInvitationState) -> Option<InvitationState> {
    match state {
        ContractInvitationState::Unspecified => None,
        ContractInvitationState::Pending => Some(InvitationState::Pending),
        ContractInvitationState::Accepted => Some(InvitationState::Accepted),
        ContractInvitationState::Refused => Some(InvitationState::Refused),
        ContractInvitationState::Withdrawn => Some(InvitationState::Withdrawn),
        ContractInvitationState::Expired => Some(InvitationState::Expired),
    }
}

/// The state that a list of partnerships is filtered by.
pub fn partnership_filter(state: ContractPartnershipState) -> Option<PartnershipState> {
    match state {
        ContractPartnershipState::Unspecified => None,
        ContractPartnershipState::Starting => Some(PartnershipState::Starting),
        ContractPartnershipState::Active => Some(PartnershipState::Active),
        ContractPartnershipState::Narrowing => Some(PartnershipState::Narrowing),
        ContractPartnershipState::Ending => Some(PartnershipState::Ending),
        ContractPartnershipState::Ended => Some(PartnershipState::Ended),
    }
}

/// Shows a product.
pub fn product(product: &Product) -> contract::Product {
    contract::Product {
        id: product.id.to_string(),
        organization: product.organization.to_string(),
        category: product.category.as_str().to_owned(),
        display_name: product.display_name.as_str().to_owned(),
        etag: product.version.to_string(),
        create_time: Some(timestamp(product.created_at)),
        update_time: Some(timestamp(product.updated_at)),
    }
}

/// Shows an invitation as it stands now.
pub fn invitation(invitation: &Invitation, now: Timestamp) -> contract::PartnershipInvitation {
    let state = match invitation.state_at(now) {
        InvitationState::Pending => ContractInvitationState::Pending,
        InvitationState::Accepted => ContractInvitationState::Accepted,
        InvitationState::Refused => ContractInvitationState::Refused,
        InvitationState::Withdrawn => ContractInvitationState::Withdrawn,
        InvitationState::Expired => ContractInvitationState::Expired,
    };
    contract::PartnershipInvitation {
        id: invitation.id.to_string(),
        client: invitation.client.id.to_string(),
        client_name: invitation.client.name.clone(),
        partner: invitation.partner.id.to_string(),
        partner_name: invitation.partner.name.clone(),
        access: access(&invitation.scope).into(),
        products: products(&invitation.scope),
        state: state.into(),
        message: invitation.message.clone(),
        expire_time: Some(timestamp(invitation.expires_at)),
        etag: invitation.version.to_string(),
        create_time: Some(timestamp(invitation.created_at)),
        update_time: Some(timestamp(invitation.updated_at)),
        partnership: invitation
            .partnership
            .map(|id| id.to_string())
            .unwrap_or_default(),
    }
}

/// Shows a partnership.
pub fn partnership(partnership: &Partnership) -> contract::Partnership {
    let state = match partnership.state {
        PartnershipState::Starting => ContractPartnershipState::Starting,
        PartnershipState::Active => ContractPartnershipState::Active,
        PartnershipState::Narrowing => ContractPartnershipState::Narrowing,
        PartnershipState::Ending => ContractPartnershipState::Ending,
        PartnershipState::Ended => ContractPartnershipState::Ended,
    };
    contract::Partnership {
        id: partnership.id.to_string(),
        client: partnership.client.id.to_string(),
        client_name: partnership.client.name.clone(),
        partner: partnership.partner.id.to_string(),
        partner_name: partnership.partner.name.clone(),
        state: state.into(),
        mandate: Some(mandate(&partnership.mandate)),
        etag: partnership.version.to_string(),
        create_time: Some(timestamp(partnership.created_at)),
        update_time: Some(timestamp(partnership.updated_at)),
        end_time: partnership.ended_at.map(timestamp),
        consent_time: partnership.consented_at.map(timestamp),
    }
}

/// Shows a partnership in force as its partner's list of clients does.
pub fn client(partnership: &Partnership) -> contract::Client {
    contract::Client {
        organization: partnership.client.id.to_string(),
        display_name: partnership.client.name.clone(),
        partnership: partnership.id.to_string(),
        mandate: Some(mandate(&partnership.mandate)),
        start_time: partnership.started_at.map(timestamp),
        consent_time: partnership.consented_at.map(timestamp),
    }
}

/// Shows an organization as the directory does.
pub fn directory_entry(organization: &Organization) -> contract::DirectoryEntry {
    contract::DirectoryEntry {
        organization: organization.id.to_string(),
        display_name: organization.display_name.clone(),
        contact_email: organization.contact_email.clone(),
    }
}

fn mandate(mandate: &Mandate) -> contract::Mandate {
    contract::Mandate {
        version: mandate.version,
        access: access(&mandate.scope).into(),
        products: products(&mandate.scope),
    }
}

fn access(scope: &Scope) -> MandateAccess {
    match scope {
        Scope::Limited(_) => MandateAccess::Limited,
        Scope::Complete => MandateAccess::Complete,
    }
}

fn products(scope: &Scope) -> Vec<String> {
    scope.products().iter().map(ToString::to_string).collect()
}
