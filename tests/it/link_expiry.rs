//! A link that nobody used in time.

use std::sync::Arc;
use std::time::Duration;

use entente_runtime::clock::{Clock as _, ManualClock, SystemClock};
use serde_json::json;

use crate::support::{Installation, Log, Market, trail_is};

on_both_logs!(after_fourteen_days_a_link_is_dead);

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn after_fourteen_days_a_link_is_dead(log: Log) {
    let clock = Arc::new(ManualClock::new(SystemClock::new().now()));
    let installation =
        Installation::start_with(log, clock.clone(), &["--partners-sweep-interval", "100ms"]).await;
    let market = Market::open(&installation).await;
    let (bea, anna) = (&market.berger.owner, &market.alpina.owner);
    market.alpina.set_up_billing().await;
    let product = market.berger.product("Mail", "Newsletter").await;
    let body =
        json!({ "partner": market.alpina.id, "access": "MANDATE_ACCESS_LIMITED", "products": [product] });
    let sent = bea
        .post(&market.berger.path("partnershipInvitations"), body)
        .await
        .ok();
    let invitation = sent["invitation"]["id"].as_str().unwrap();
    let mail = installation
        .mailbox
        .open(&anna.email, "Berger SA invites Alpina to a partnership")
        .await;

    clock.advance(DAY * 15);
    installation.ready().await;
    bea.sign_in().await;
    anna.sign_in().await;

    let token = json!({ "token": mail.link_token("invitations") });
    let accept = market
        .alpina
        .path(&format!("partnershipInvitations/{invitation}:accept"));
    anna.post(&accept, token.clone()).await.refused(404, "LINK_DEAD");
    installation
        .rest
        .post("/v1/partnershipInvitations:lookUp", &token)
        .await
        .refused(404, "LINK_DEAD");
    for (person, company) in [(bea, &market.berger), (anna, &market.alpina)] {
        let seen = person
            .get(&company.path(&format!("partnershipInvitations/{invitation}")))
            .await
            .ok();
        assert_eq!(
            seen["invitation"]["state"],
            "PARTNERSHIP_INVITATION_STATE_EXPIRED"
        );
    }
    let steps = [
        ("partnership_invitation.created", bea.id.as_str(), ""),
        ("partnership_invitation.expired", "service:partners", ""),
    ];
    trail_is(bea, invitation, &steps).await;
    installation
        .mailbox
        .open(&bea.email, "Your invitation to Alpina has expired")
        .await;
    installation.stop().await;
}
