//! The consent of a client to the partnership that it was created with.

use std::slice;

use entente_access::Person;
use entente_contracts::partners::events::v1::PartnershipChanged;
use entente_contracts::partners::v1::*;
use prost::Message as _;
use tonic::{Code, Status};

use crate::ask::{fields, reason, within};
use crate::faults::{LEFT_BEHIND, in_state};
use crate::identity::Takes;
use crate::partnerships::{clients, end};
use crate::world::World;

/// A consent to some products; to all of it without any.
fn consent(person: &Person, partnership: &Partnership, products: &[&Product]) -> ConsentToPartnershipRequest {
    let access = if products.is_empty() {
        MandateAccess::Complete
    } else {
        MandateAccess::Limited
    };
    ConsentToPartnershipRequest {
        organization: person.organization.to_string(),
        partnership: partnership.id.clone(),
        access: access.into(),
        products: products.iter().map(|product| product.id.clone()).collect(),
        ..ConsentToPartnershipRequest::default()
    }
}

async fn send(
    world: &World,
    person: &Person,
    request: ConsentToPartnershipRequest,
) -> Result<Partnership, Status> {
    let answer = world.partnerships(person).consent_to_partnership(request).await?;
    Ok(answer.into_inner().partnership.unwrap())
}

async fn listed(world: &World, partner: &Person) -> Client {
    let list = world
        .partnerships(partner)
        .list_clients(clients(partner, ""))
        .await
        .unwrap();
    list.into_inner().clients.pop().unwrap()
}

#[tokio::test]
async fn a_client_keeps_the_partnership_as_it_is() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;

    let kept = send(&world, &berger, consent(&berger, &partnership, &[]))
        .await
        .unwrap();

    assert_eq!(kept.state(), PartnershipState::Active);
    assert!(kept.consent_time.is_some());
    assert_eq!(kept.mandate, partnership.mandate);
    assert_eq!(listed(&world, &alpina).await.consent_time, kept.consent_time);
    assert_eq!(world.identity.times_told(), 1, "nothing else is granted");
    let events = world.announced(&partnership.id, 2).await;
    assert_eq!(
        (events[1].kind(), events[1].header("ce_actor")),
        ("partnership.consented", berger.user.to_string().as_str())
    );
    let (before, after) = events[1].change("consent_time");
    assert!(before.is_null() && after.is_string());
    let payload = PartnershipChanged::decode(events[1].payload.as_slice()).unwrap();
    assert_eq!(payload.partnership, Some(kept));
}

#[tokio::test]
async fn a_client_narrows_it_to_some_products_and_that_is_in_force_with_the_answer() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;
    let roof = world.product(&berger, "Energy", "Roof").await;

    let narrowed = send(&world, &berger, consent(&berger, &partnership, &[&roof]))
        .await
        .unwrap();

    let grants = world.identity.grants();
    assert_eq!(
        (grants[0].version, grants[0].ended, grants[0].complete),
        (2, false, false)
    );
    assert_eq!(grants[0].products, slice::from_ref(&roof.id));
    assert_eq!(narrowed.state(), PartnershipState::Active);
    assert!(narrowed.consent_time.is_some());
    let mandate = narrowed.mandate.clone().unwrap();
    assert_eq!((mandate.version, mandate.access()), (2, MandateAccess::Limited));
    assert_eq!(mandate.products, slice::from_ref(&roof.id));
    assert_eq!(listed(&world, &alpina).await.mandate, narrowed.mandate);
    let event = &world.announced(&partnership.id, 2).await[1];
    assert_eq!(
        (event.kind(), event.header("ce_actor")),
        ("partnership.consented", berger.user.to_string().as_str())
    );
    assert_eq!(
        event.change("mandate.access"),
        ("complete".into(), "limited".into())
    );
    assert_eq!(event.change("mandate.version"), (1.into(), 2.into()));
    assert_eq!(event.change("mandate.products").1, serde_json::json!([roof.id]));
    assert!(event.change("consent_time").0.is_null());
    let payload = PartnershipChanged::decode(event.payload.as_slice()).unwrap();
    assert_eq!(payload.partnership, Some(narrowed));
}

#[tokio::test]
async fn a_narrowing_while_identity_is_away_is_not_said_to_be_done() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;
    let roof = world.product(&berger, "Energy", "Roof").await;
    let request = ConsentToPartnershipRequest {
        request_id: "r-1".into(),
        ..consent(&berger, &partnership, &[&roof])
    };
    world.identity.takes(Takes::None);

    let away = send(&world, &berger, request.clone()).await.unwrap_err();

    assert_eq!(away.code(), Code::Unavailable);
    let narrowing = world.read_partnership(&berger, &partnership.id).await;
    assert_eq!(narrowing.state(), PartnershipState::Narrowing);
    assert_eq!(
        listed(&world, &alpina).await.partnership,
        partnership.id,
        "what is narrowed is in force"
    );
    let again = send(&world, &berger, request.clone()).await.unwrap_err();
    assert_eq!(again.code(), Code::Unavailable);
    world.identity.takes(Takes::All);
    let narrowed = send(&world, &berger, request).await.unwrap();
    assert_eq!(narrowed.state(), PartnershipState::Active);
    assert!(!world.identity.grants()[0].complete);
    assert_eq!(world.announced(&partnership.id, 2).await.len(), 2);
}

#[tokio::test]
async fn a_narrowing_that_a_crash_cut_is_finished_by_the_next_process() {
    let mut world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;
    let roof = world.product(&berger, "Energy", "Roof").await;
    world.identity.takes(Takes::Later);
    let (mut partnerships, request) = (
        world.partnerships(&berger),
        consent(&berger, &partnership, &[&roof]),
    );
    let call = tokio::spawn(async move { partnerships.consent_to_partnership(request).await });
    world.identity.told(2).await;

    world.kill();
    within(call).await.unwrap().unwrap_err();
    world.identity.takes(Takes::All);
    world.start().await;
    world.clock.advance(LEFT_BEHIND);

    in_state(&world, &berger, &partnership.id, PartnershipState::Active).await;
    assert_eq!(world.identity.grants()[0].products, [roof.id]);
    let event = &world.announced(&partnership.id, 2).await[1];
    assert_eq!(
        (event.kind(), event.header("ce_actor")),
        ("partnership.consented", berger.user.to_string().as_str())
    );
}

#[tokio::test]
async fn an_end_that_overtakes_a_narrowing_holds_and_the_consent_is_told() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;
    let roof = world.product(&berger, "Energy", "Roof").await;
    world.identity.takes(Takes::None);
    send(&world, &berger, consent(&berger, &partnership, &[&roof]))
        .await
        .unwrap_err();
    world.identity.takes(Takes::All);

    let answer = world
        .partnerships(&alpina)
        .end_partnership(end(&alpina, &partnership))
        .await
        .unwrap();

    let ended = answer.into_inner().partnership.unwrap();
    assert_eq!(ended.state(), PartnershipState::Ended);
    let grants = world.identity.grants();
    assert_eq!((grants[0].version, grants[0].ended), (3, true));
    let events = world.announced(&partnership.id, 3).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind(), event.header("ce_actor")))
        .collect();
    let (client, partner) = (berger.user.to_string(), alpina.user.to_string());
    assert_eq!(
        told,
        [
            ("partnership.started", partner.as_str()),
            ("partnership.consented", &client),
            ("partnership.ended", &partner)
        ]
    );
}

#[tokio::test]
async fn what_is_narrowed_before_it_starts_starts_narrow() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    world.identity.takes(Takes::None);
    let berger = world.created_client(&alpina, "Berger SA").await;
    world.identity.told(1).await;
    let starting = world.partnerships_of(&berger).await.pop().unwrap();
    let roof = world.product(&berger, "Energy", "Roof").await;
    world.identity.takes(Takes::All);

    let narrowed = send(&world, &berger, consent(&berger, &starting, &[&roof]))
        .await
        .unwrap();

    assert_eq!(narrowed.state(), PartnershipState::Active);
    assert_eq!(world.identity.grants()[0].products, [roof.id]);
    let events = world.announced(&starting.id, 2).await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind(), event.header("ce_actor")))
        .collect();
    let (client, partner) = (berger.user.to_string(), alpina.user.to_string());
    assert_eq!(
        told,
        [
            ("partnership.consented", client.as_str()),
            ("partnership.started", &partner)
        ]
    );
}

#[tokio::test]
async fn a_consent_names_products_of_the_client_or_none() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;
    let roof = world.product(&berger, "Energy", "Roof").await;
    let foreign = world
        .product(&world.client("Other").await, "Energy", "Wall")
        .await;
    let limited = consent(&berger, &partnership, &[&roof, &foreign]);
    let refused = async |request: ConsentToPartnershipRequest| {
        let refused = send(&world, &berger, request).await;
        assert_eq!(refused.as_ref().unwrap_err().code(), Code::InvalidArgument);
        fields(refused)
    };

    assert_eq!(refused(limited.clone()).await, ["products[1]"]);
    let none = ConsentToPartnershipRequest {
        products: Vec::new(),
        ..limited.clone()
    };
    assert_eq!(refused(none).await, ["products"]);
    let both = ConsentToPartnershipRequest {
        access: MandateAccess::Complete.into(),
        ..limited.clone()
    };
    assert_eq!(refused(both).await, ["products"]);
    let unspecified = ConsentToPartnershipRequest { access: 0, ..limited };
    assert_eq!(refused(unspecified).await, ["access"]);
    let unchanged = world.read_partnership(&berger, &partnership.id).await;
    assert_eq!(unchanged, partnership);
}

#[tokio::test]
async fn the_partner_does_not_consent_in_the_place_of_its_client() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;

    let own = send(&world, &alpina, consent(&alpina, &partnership, &[])).await;
    assert_eq!(own.as_ref().unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reason(own), "NOT_THE_CLIENT");
    let through_the_mandate = send(&world, &alpina, consent(&berger, &partnership, &[])).await;
    assert_eq!(reason(through_the_mandate), "PERMISSION_MISSING");
}

#[tokio::test]
async fn a_partnership_is_consented_to_once() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, created) = world.unconsented(&alpina, "Berger SA").await;
    send(&world, &berger, consent(&berger, &created, &[]))
        .await
        .unwrap();
    let other = world.client("Other").await;
    let invited = world.partnership(&other, &alpina, &[]).await;
    assert!(invited.consent_time.is_some(), "the invitation was the consent");

    for (person, partnership) in [(&berger, &created), (&other, &invited)] {
        let again = send(&world, person, consent(person, partnership, &[])).await;
        assert_eq!(again.as_ref().unwrap_err().code(), Code::FailedPrecondition);
        assert_eq!(reason(again), "PARTNERSHIP_CONSENTED");
    }
}

#[tokio::test]
async fn what_has_ended_is_not_consented_to() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;
    world
        .partnerships(&alpina)
        .end_partnership(end(&alpina, &partnership))
        .await
        .unwrap();
    let refused = send(&world, &berger, consent(&berger, &partnership, &[])).await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(refused), "PARTNERSHIP_ENDED");
}

#[tokio::test]
async fn a_consent_to_what_was_changed_in_between_is_aborted() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;
    let with_etag = |etag: &str| ConsentToPartnershipRequest {
        etag: etag.to_owned(),
        ..consent(&berger, &partnership, &[])
    };
    let stale = send(&world, &berger, with_etag("1")).await;
    assert_eq!(stale.as_ref().unwrap_err().code(), Code::Aborted);
    assert_eq!(reason(stale), "STALE_ETAG");
    send(&world, &berger, with_etag(&partnership.etag)).await.unwrap();
}

#[tokio::test]
async fn the_same_consent_twice_is_one() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;
    let roof = world.product(&berger, "Energy", "Roof").await;
    let request = ConsentToPartnershipRequest {
        request_id: "r-1".into(),
        ..consent(&berger, &partnership, &[&roof])
    };
    let first = send(&world, &berger, request.clone()).await.unwrap();
    assert_eq!(send(&world, &berger, request.clone()).await.unwrap(), first);
    assert_eq!(world.announced(&partnership.id, 2).await.len(), 2);
    let other = ConsentToPartnershipRequest {
        access: MandateAccess::Complete.into(),
        products: Vec::new(),
        ..request
    };
    assert_eq!(fields(send(&world, &berger, other).await), ["request_id"]);
}

#[tokio::test]
async fn the_partnership_of_others_is_not_found() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (_, partnership) = world.unconsented(&alpina, "Berger SA").await;
    let stranger = world.client("Stranger").await;
    let refused = send(&world, &stranger, consent(&stranger, &partnership, &[])).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
}
