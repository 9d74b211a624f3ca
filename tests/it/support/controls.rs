//! What the operator says of a partner.

use entente_contracts::access::v1::DelegationFlag;
use serde_json::json;

use super::Person;

/// Delegates this to the administrators of a partner, and nothing else.
pub async fn delegate(operator: &Person, partner: &str, flags: &[DelegationFlag]) {
    let flags: Vec<_> = flags.iter().map(DelegationFlag::as_str_name).collect();
    let path = format!(
        "/v1/organizations/{}/organizations/{partner}:setControls",
        operator.organization
    );
    let controls = json!({ "controls": { "delegation": flags } });
    operator.post(&path, controls).await.ok();
}
