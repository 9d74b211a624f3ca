//! A mandate, from the invitation to its acceptance.

use serde_json::json;

use super::{Company, Site, eventually};

/// A client's mandate to a partner for some of its products, or for all that it has where none is named. Sets the
/// partner's billing up, which it needs to accept.
pub async fn entrust(site: &Site, client: &Company, partner: &Company, products: &[String]) {
    partner.set_up_billing().await;
    let access = if products.is_empty() {
        "COMPLETE"
    } else {
        "LIMITED"
    };
    let body = json!({
        "partner": partner.id, "access": format!("MANDATE_ACCESS_{access}"), "products": products,
    });
    let invited = eventually("the partner, to whom invites it", async || {
        let path = client.path("partnershipInvitations");
        let answer = client.owner.post(&path, body.clone()).await;
        if answer.status == 200 {
            Ok(answer.body)
        } else {
            Err(answer)
        }
    })
    .await;
    let invitation = invited["invitation"]["id"].as_str().unwrap();
    let subject = format!("{} invites {} to a partnership", client.name, partner.name);
    let mail = site.mailbox.open(&partner.owner.email, &subject).await;
    let token = json!({ "token": mail.link_token("invitations") });
    eventually("the open gate", async || {
        let path = partner.path(&format!("partnershipInvitations/{invitation}:accept"));
        let answer = partner.owner.post(&path, token.clone()).await;
        if answer.status == 200 { Ok(()) } else { Err(answer) }
    })
    .await;
}
