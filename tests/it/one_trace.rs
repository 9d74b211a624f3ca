//! One trace from the request to its last effect, through every process on the way.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{Collector, Log, Market, Processes, Span, eventually, trail_is};

on_both_logs!(an_invitation_is_one_trace_from_the_gateway_to_the_mail);

const CREATE: &str = "entente.partners.v1.PartnershipInvitationService/CreatePartnershipInvitation";
const TOPIC: &str = "entente.partners.invitation.v1";

async fn an_invitation_is_one_trace_from_the_gateway_to_the_mail(log: Log) {
    let (collector, url) = Collector::start().await;
    let processes = Processes::start(log, &["--otlp-endpoint", &url]).await;
    let market = Market::open(&processes).await;
    let (bea, anna) = (&market.berger.owner, &market.alpina.owner);
    let product = market.berger.product("Mail", "Newsletter").await;

    let body =
        json!({ "partner": market.alpina.id, "access": "MANDATE_ACCESS_LIMITED", "products": [product] });
    let sent = bea
        .post(&market.berger.path("partnershipInvitations"), body)
        .await
        .ok();

    let invitation = sent["invitation"]["id"].as_str().unwrap();
    let events = trail_is(
        bea,
        invitation,
        &[("partnership_invitation.created", &bea.id, "")],
    )
    .await;
    processes
        .mailbox
        .open(&anna.email, "Berger SA invites Alpina to a partnership")
        .await;
    let id = events[0]["trace"].as_str().unwrap();
    let expected = [
        ("gateway", "POST".to_owned()),
        ("gateway", CREATE.to_owned()),
        ("partners", CREATE.to_owned()),
        ("identity", "entente.identity.v1.DecisionService/Check".to_owned()),
        ("partners", format!("send {TOPIC}")),
        ("audit", format!("process {TOPIC}")),
        ("notifications", format!("process {TOPIC}")),
        ("notifications", "dispatch_intent".to_owned()),
        (
            "partners",
            "entente.partners.v1.PartnershipInvitationService/GetPartnershipInvitationToken".to_owned(),
        ),
        ("notifications", "send_delivery".to_owned()),
    ];
    let spans = eventually(&format!("the trace {id} with {expected:#?}"), async || {
        let spans = collector.trace(id);
        let has = |(service, name): &(&str, String)| {
            spans
                .iter()
                .any(|span| span.service == *service && span.name.starts_with(name.as_str()))
        };
        let known: BTreeSet<_> = spans.iter().map(|span| &span.id).collect();
        let is_whole = spans
            .iter()
            .all(|span| span.parent.is_empty() || known.contains(&span.parent));
        if is_whole && expected.iter().all(has) {
            Ok(spans)
        } else {
            Err(spans)
        }
    })
    .await;
    begins_at_the_gateway(&spans);
}

/// Every span has its parent in the trace, but for one.
fn begins_at_the_gateway(spans: &[Span]) {
    let roots: Vec<_> = spans.iter().filter(|span| span.parent.is_empty()).collect();
    let [root] = roots.as_slice() else {
        panic!("{roots:#?}")
    };
    assert_eq!(root.service, "gateway");
    assert_eq!(
        root.route.as_deref(),
        Some("/v1/organizations/{organization}/partnershipInvitations")
    );
}
