//! A mandate, from the invitation to its acceptance.

use serde_json::{Value, json};

use super::{Company, Site, eventually};

/// What came of it.
#[derive(Debug)]
pub struct Mandate {
    pub invitation: String,
    pub partnership: String,
}

/// A client's mandate to a partner for some of its products, or for all that it has where none is named. Sets the
/// partner's billing up, which it needs to accept.
pub async fn entrust(site: &Site, client: &Company, partner: &Company, products: &[String]) -> Mandate {
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
    let invitation = text(&invited["invitation"]["id"]);
    let subject = format!("{} invites {} to a partnership", client.name, partner.name);
    let mail = site.mailbox.open(&partner.owner.email, &subject).await;
    let token = json!({ "token": mail.link_token("invitations") });
    let accepted = eventually("the open gate", async || {
        let path = partner.path(&format!("partnershipInvitations/{invitation}:accept"));
        let answer = partner.owner.post(&path, token.clone()).await;
        if answer.status == 200 {
            Ok(answer.body)
        } else {
            Err(answer)
        }
    })
    .await;
    let partnership = text(&accepted["invitation"]["partnership"]);
    Mandate {
        invitation,
        partnership,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
