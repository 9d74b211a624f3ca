//! Partnerships of clients that partners created.

use entente_contracts::identity::v1::{OrganizationState, OrganizationType};
use entente_contracts::partners::v1::*;
use entente_ids::OrganizationId;
use entente_runtime::clock::Clock as _;

use crate::ask::{below, organization, reason, until};
use crate::faults::LEFT_BEHIND;
use crate::identity::Takes;
use crate::partnerships::{clients, end};
use crate::world::World;

#[tokio::test]
async fn a_client_that_a_partner_creates_entrusts_all_to_it_and_has_yet_to_consent() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;

    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;

    let mandate = partnership.mandate.clone().unwrap();
    assert_eq!((mandate.version, mandate.access()), (1, MandateAccess::Complete));
    assert_eq!(partnership.consent_time, None);
    assert_eq!(
        (
            partnership.client.as_str(),
            partnership.client_name.as_str(),
            partnership.partner.as_str(),
            partnership.partner_name.as_str()
        ),
        (
            berger.organization.to_string().as_str(),
            "Berger SA",
            alpina.organization.to_string().as_str(),
            "Alpina"
        )
    );
    let grants = world.identity.grants();
    assert_eq!(grants.len(), 1);
    assert_eq!(
        (grants[0].version, grants[0].ended, grants[0].complete),
        (1, false, true)
    );
    assert_eq!(
        (grants[0].client.as_str(), grants[0].partner.as_str()),
        (partnership.client.as_str(), partnership.partner.as_str())
    );
    let list = world
        .partnerships(&alpina)
        .list_clients(clients(&alpina, ""))
        .await;
    let listed = list.unwrap().into_inner().clients;
    assert_eq!(listed[0].organization, partnership.client);
    assert_eq!(listed[0].consent_time, None);
    let started = &world.announced(&partnership.id, 1).await[0];
    assert_eq!(
        (started.kind(), started.header("ce_actor")),
        ("partnership.started", alpina.user.to_string().as_str()),
        "it is told of who created the client"
    );
    assert_eq!(
        started.header("ce_organizations"),
        format!("{},{}", berger.organization, alpina.organization)
    );
}

#[tokio::test]
async fn a_client_that_is_heard_of_before_its_partner_waits_for_it_alone() {
    let world = World::new().await;
    let alpina = world.person(OrganizationId::new(world.clock.now(), world.bytes()));
    let berger = world.created_client(&alpina, "Berger SA").await;
    let (_, of_other) = world
        .unconsented(&world.partner("Belvedere").await, "Other")
        .await;
    assert_eq!(of_other.partner_name, "Belvedere", "what comes behind it goes on");
    assert!(world.partnerships_of(&berger).await.is_empty());

    world
        .announce(organization(&alpina, OrganizationType::SubPartner, "Alpina"))
        .await;

    let begun = until(async || {
        let known = world.partnerships_of(&berger).await.pop();
        known.filter(|partnership| partnership.state() == PartnershipState::Active)
    })
    .await;
    assert_eq!(begun.partner_name, "Alpina");
}

#[tokio::test]
async fn news_of_a_client_that_come_twice_start_one_partnership() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;
    let again = async |name: &str| {
        let client = below(&alpina, organization(&berger, OrganizationType::Client, name));
        world.announce_created(&alpina, client).await;
        world.none_is_new().await;
        world.partnerships_of(&berger).await.len()
    };

    assert_eq!(again("Berger AG").await, 1);
    world
        .partnerships(&berger)
        .end_partnership(end(&berger, &partnership))
        .await
        .unwrap();
    assert_eq!(
        again("Berger & Co").await,
        1,
        "what has ended does not begin again"
    );
}

#[tokio::test]
async fn nothing_else_than_the_creation_of_a_client_starts_a_partnership() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let updated = world.person(OrganizationId::new(world.clock.now(), world.bytes()));
    let client = organization(&updated, OrganizationType::Client, "Berger SA");
    world.announce(below(&alpina, client)).await;
    let west = world.person(OrganizationId::new(world.clock.now(), world.bytes()));
    let sub_partner = organization(&west, OrganizationType::SubPartner, "Alpina West");
    world.announce_created(&alpina, below(&alpina, sub_partner)).await;
    let direct = world.person(OrganizationId::new(world.clock.now(), world.bytes()));
    let direct_client = organization(&direct, OrganizationType::DirectClient, "Direct");
    world
        .announce_created(&alpina, below(&alpina, direct_client))
        .await;

    world.none_is_new().await;

    assert!(world.partnerships_of(&alpina).await.is_empty());
}

#[tokio::test]
async fn a_client_whose_partner_is_gone_starts_nothing() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let mut gone = organization(&alpina, OrganizationType::Partner, "Alpina");
    gone.state = OrganizationState::Deleted.into();
    world.announce(gone).await;

    let berger = world.created_client(&alpina, "Berger SA").await;
    world.none_is_new().await;

    assert!(world.partnerships_of(&berger).await.is_empty());
}

#[tokio::test]
async fn a_start_that_identity_could_not_take_is_finished_later() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    world.identity.takes(Takes::None);
    let berger = world.created_client(&alpina, "Berger SA").await;
    world.identity.told(1).await;
    let starting = world.partnerships_of(&berger).await.pop().unwrap();
    assert_eq!(starting.state(), PartnershipState::Starting);

    world.identity.takes(Takes::All);
    world.clock.advance(LEFT_BEHIND);

    crate::faults::in_state(&world, &berger, &starting.id, PartnershipState::Active).await;
    assert_eq!(world.announced(&starting.id, 1).await.len(), 1);
}

#[tokio::test]
async fn the_client_needs_no_consent_to_end_it() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, partnership) = world.unconsented(&alpina, "Berger SA").await;

    let answer = world
        .partnerships(&berger)
        .end_partnership(end(&berger, &partnership))
        .await
        .unwrap();

    assert_eq!(
        answer.into_inner().partnership.unwrap().state(),
        PartnershipState::Ended
    );
    assert!(world.identity.grants()[0].ended);
}

#[tokio::test]
async fn a_client_has_no_second_partnership_with_who_created_it() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let (berger, _) = world.unconsented(&alpina, "Berger SA").await;
    let invite = crate::ask::invite(&berger, &alpina, &[]);
    let refused = world
        .invitations(&berger)
        .create_partnership_invitation(invite)
        .await;
    assert_eq!(reason(refused), "ALREADY_PARTNERS");
}
