//! What the operator says of a partner.

use serde_json::json;

use super::{Company, Person};

/// Delegates this to the administrators of a partner, and nothing else.
pub async fn delegate(operator: &Person, partner: &Company, flags: &[&str]) {
    let flags: Vec<_> = flags
        .iter()
        .map(|flag| format!("DELEGATION_FLAG_{flag}"))
        .collect();
    let path = format!(
        "/v1/organizations/{}/organizations/{}:setControls",
        operator.organization, partner.id
    );
    let controls = json!({ "controls": { "delegation": flags } });
    operator.post(&path, controls).await.ok();
}
