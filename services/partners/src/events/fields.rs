//! The fields of an aggregate in the contract's names, to tell what differs between two states.

use entente_ids::ProductId;
use serde_json::{Value, json};

use crate::domain::invitation::Invitation;
use crate::domain::partnership::Partnership;
use crate::domain::product::Product;

pub(super) fn of_product(product: &Product) -> Vec<(&'static str, Value)> {
    vec![
        ("category", json!(product.category.as_str())),
        ("display_name", json!(product.display_name.as_str())),
    ]
}

pub(super) fn of_invitation(invitation: &Invitation) -> Vec<(&'static str, Value)> {
    let state: &str = invitation.state.into();
    let mut fields = vec![
        ("client", json!(invitation.client.id.to_string())),
        ("partner", json!(invitation.partner.id.to_string())),
        ("access", json!(invitation.scope.access())),
        ("products", products(invitation.scope.products())),
        ("message", json!(invitation.message)),
        ("state", json!(state)),
        ("expire_time", json!(invitation.expires_at.to_string())),
    ];
    fields.extend(
        invitation
            .partnership
            .map(|id| ("partnership", json!(id.to_string()))),
    );
    fields
}

pub(super) fn of_partnership(partnership: &Partnership) -> Vec<(&'static str, Value)> {
    let state: &str = partnership.state.into();
    let mandate = &partnership.mandate;
    let mut fields = vec![
        ("client", json!(partnership.client.id.to_string())),
        ("partner", json!(partnership.partner.id.to_string())),
        ("state", json!(state)),
        ("mandate.version", json!(mandate.version)),
        ("mandate.access", json!(mandate.scope.access())),
        ("mandate.products", products(mandate.scope.products())),
    ];
    let consented_at = partnership.consented_at;
    fields.extend(consented_at.map(|at| ("consent_time", json!(at.to_string()))));
    fields.extend(partnership.ended_at.map(|at| ("end_time", json!(at.to_string()))));
    fields
}

fn products(products: &[ProductId]) -> Value {
    products.iter().map(ToString::to_string).collect()
}
