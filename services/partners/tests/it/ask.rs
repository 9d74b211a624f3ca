//! Requests, and what is looked for in answers.

use std::time::Duration;

use entente_access::Person;
use entente_contracts::identity::v1::{Organization, OrganizationState, OrganizationType};
use entente_contracts::partners::v1::*;
use tonic::Status;
use tonic_types::StatusExt as _;

pub fn organization(person: &Person, kind: OrganizationType, name: &str) -> Organization {
    Organization {
        id: person.organization.to_string(),
        display_name: name.to_owned(),
        r#type: kind.into(),
        state: OrganizationState::Active.into(),
        contact_email: format!("contact@{}.example", name.to_lowercase().replace(' ', "-")),
        ..Organization::default()
    }
}

/// The same, created by a partner.
pub fn below(partner: &Person, organization: Organization) -> Organization {
    Organization {
        parent: partner.organization.to_string(),
        ..organization
    }
}

pub fn create_product(person: &Person, category: &str, name: &str) -> CreateProductRequest {
    let product = Product {
        category: category.into(),
        display_name: name.into(),
        ..Product::default()
    };
    CreateProductRequest {
        organization: person.organization.to_string(),
        product: Some(product),
        request_id: String::new(),
    }
}

pub fn invite(
    client: &Person,
    partner: &Person,
    products: &[&Product],
) -> CreatePartnershipInvitationRequest {
    let access = if products.is_empty() {
        MandateAccess::Complete
    } else {
        MandateAccess::Limited
    };
    CreatePartnershipInvitationRequest {
        organization: client.organization.to_string(),
        partner: partner.organization.to_string(),
        access: access.into(),
        products: products.iter().map(|product| product.id.clone()).collect(),
        message: "we would like to work with you".into(),
        request_id: String::new(),
    }
}

/// Waits until there is what is looked for.
pub async fn until<T>(look: impl AsyncFn() -> Option<T>) -> T {
    within(async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}

/// What takes longer than this never ends.
pub async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .expect("it did not end in time")
}

/// The reason that a refusal gives.
pub fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    entente_runtime::status::reason(&answer.unwrap_err()).unwrap_or_default()
}

/// The fields that a refusal names.
pub fn fields<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<String> {
    let status = answer.unwrap_err();
    let violations = status
        .get_details_bad_request()
        .map(|bad| bad.field_violations)
        .unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}
