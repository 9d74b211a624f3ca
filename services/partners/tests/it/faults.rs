use std::time::Duration;

use entente_contracts::partners::v1::*;
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::ask::{create_product, until, within};
use crate::gate::Gate;
use crate::identity::Takes;
use crate::partnerships::end;
use crate::world::World;

/// Longer than a step may take before it counts as left behind.
pub const LEFT_BEHIND: Duration = Duration::from_secs(16);

pub async fn in_state(
    world: &World,
    person: &entente_access::Person,
    id: &str,
    state: PartnershipState,
) -> Partnership {
    until(async || {
        let partnership = world.read_partnership(person, id).await;
        (partnership.state() == state).then_some(partnership)
    })
    .await
}

#[tokio::test]
async fn an_acceptance_while_identity_is_away_is_stored_and_finished_later() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = AcceptPartnershipInvitationRequest {
        request_id: "r-1".into(),
        ..world.acceptance(&alpina, &invitation).await
    };
    let mut invitations = world.invitations(&alpina);
    world.identity.takes(Takes::None);

    let away = invitations
        .accept_partnership_invitation(acceptance.clone())
        .await
        .unwrap_err();

    assert_eq!(away.code(), Code::Unavailable);
    assert!(away.get_details_retry_info().is_some());
    let partnership = world.read_invitation(&alpina, &invitation.id).await.partnership;
    assert_eq!(
        world.read_partnership(&alpina, &partnership).await.state(),
        PartnershipState::Starting
    );
    assert_eq!(
        invitations
            .accept_partnership_invitation(acceptance.clone())
            .await
            .unwrap_err()
            .code(),
        Code::Unavailable
    );

    world.identity.takes(Takes::All);
    let answer = invitations
        .accept_partnership_invitation(acceptance)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.invitation.unwrap().partnership, partnership);
    assert_eq!(
        world.read_partnership(&alpina, &partnership).await.state(),
        PartnershipState::Active
    );
}

#[tokio::test]
async fn what_identity_could_not_take_is_finished_without_anybody_asking() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = world.acceptance(&alpina, &invitation).await;
    world.identity.takes(Takes::None);
    world
        .invitations(&alpina)
        .accept_partnership_invitation(acceptance)
        .await
        .unwrap_err();
    let id = world.read_invitation(&alpina, &invitation.id).await.partnership;
    let told = world.identity.times_told();
    world.clock.advance(LEFT_BEHIND);
    world.identity.told(told + 1).await;

    world.identity.takes(Takes::All);
    world.clock.advance(LEFT_BEHIND);

    let partnership = in_state(&world, &alpina, &id, PartnershipState::Active).await;
    let accepted = &world.announced(&invitation.id, 2).await[1];
    let started = &world.announced(&id, 1).await[0];
    assert_eq!(
        started.header("ce_actor"),
        alpina.user.to_string(),
        "it is told of who asked for it"
    );
    assert_eq!(started.header("ce_requestid"), accepted.header("ce_requestid"));
    assert_eq!(world.identity.grants()[0].partnership, partnership.id);
}

#[tokio::test]
async fn a_start_that_a_crash_cut_is_finished_by_the_next_process() {
    let mut world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = AcceptPartnershipInvitationRequest {
        request_id: "r-1".into(),
        ..world.acceptance(&alpina, &invitation).await
    };
    world.identity.takes(Takes::Later);
    let mut invitations = world.invitations(&alpina);
    let request = acceptance.clone();
    let call = tokio::spawn(async move { invitations.accept_partnership_invitation(request).await });
    world.identity.told(1).await;

    world.kill();
    within(call).await.unwrap().unwrap_err();
    world.identity.takes(Takes::All);
    world.start().await;
    world.clock.advance(LEFT_BEHIND);

    let id = world.read_invitation(&alpina, &invitation.id).await.partnership;
    in_state(&world, &alpina, &id, PartnershipState::Active).await;
    let again = world
        .invitations(&alpina)
        .accept_partnership_invitation(acceptance)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again.invitation.unwrap().partnership, id);
    assert_eq!(world.announced(&id, 1).await.len(), 1);
}

#[tokio::test]
async fn an_end_that_a_crash_cut_is_finished_by_the_next_process() {
    let mut world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let partnership = world.partnership(&berger, &alpina, &[]).await;
    world.identity.takes(Takes::Later);
    let mut partnerships = world.partnerships(&berger);
    let request = end(&berger, &partnership);
    let call = tokio::spawn(async move { partnerships.end_partnership(request).await });
    world.identity.told(2).await;

    world.kill();
    within(call).await.unwrap().unwrap_err();
    world.identity.takes(Takes::All);
    world.start().await;
    world.clock.advance(LEFT_BEHIND);

    in_state(&world, &berger, &partnership.id, PartnershipState::Ended).await;
    assert!(world.identity.grants()[0].ended);
    let event = &world.announced(&partnership.id, 2).await[1];
    assert_eq!(
        (event.kind(), event.header("ce_actor")),
        ("partnership.ended", berger.user.to_string().as_str())
    );
}

#[tokio::test]
async fn a_client_that_goes_away_cuts_nothing() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = world.acceptance(&alpina, &invitation).await;
    world.identity.takes(Takes::Later);
    let mut invitations = world.invitations(&alpina);
    let call = tokio::spawn(async move { invitations.accept_partnership_invitation(acceptance).await });
    world.identity.told(1).await;

    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    world.identity.takes(Takes::All);

    let id = world.read_invitation(&alpina, &invitation.id).await.partnership;
    in_state(&world, &alpina, &id, PartnershipState::Active).await;
    assert_eq!(
        world.identity.times_told(),
        1,
        "the call itself went on to its end"
    );
}

#[tokio::test]
async fn an_end_that_overtakes_a_start_holds() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = world.acceptance(&alpina, &invitation).await;
    world.identity.takes(Takes::None);
    world
        .invitations(&alpina)
        .accept_partnership_invitation(acceptance)
        .await
        .unwrap_err();
    let id = world.read_invitation(&alpina, &invitation.id).await.partnership;
    world.identity.takes(Takes::All);

    let starting = world.read_partnership(&berger, &id).await;
    let answer = world
        .partnerships(&berger)
        .end_partnership(end(&berger, &starting))
        .await
        .unwrap()
        .into_inner();

    assert_eq!(answer.partnership.unwrap().state(), PartnershipState::Ended);
    world.clock.advance(LEFT_BEHIND);
    let grants = world.identity.grants();
    assert_eq!((grants.len(), grants[0].ended, grants[0].version), (1, true, 2));
    let events = world.announced(&id, 1).await;
    assert_eq!(
        events.len(),
        1,
        "what never was in force was never announced as started"
    );
    assert_eq!(events[0].change("state"), ("starting".into(), "ended".into()));
}

#[tokio::test]
async fn an_end_while_identity_is_away_is_not_said_to_be_done() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let partnership = world.partnership(&berger, &alpina, &[]).await;
    let mut partnerships = world.partnerships(&berger);
    let request = EndPartnershipRequest {
        request_id: "r-1".into(),
        ..end(&berger, &partnership)
    };
    world.identity.takes(Takes::None);

    let away = partnerships.end_partnership(request.clone()).await.unwrap_err();

    assert_eq!(away.code(), Code::Unavailable);
    assert_eq!(
        world.read_partnership(&berger, &partnership.id).await.state(),
        PartnershipState::Ending
    );
    let list = ListClientsRequest {
        organization: alpina.organization.to_string(),
        ..ListClientsRequest::default()
    };
    let clients = world
        .partnerships(&alpina)
        .list_clients(list)
        .await
        .unwrap()
        .into_inner()
        .clients;
    assert!(clients.is_empty(), "what is about to end is in force no more");
    world.identity.takes(Takes::All);
    let answer = partnerships.end_partnership(request).await.unwrap().into_inner();
    assert_eq!(answer.partnership.unwrap().state(), PartnershipState::Ended);
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable_and_the_service_recovers_by_itself() {
    let mut world = World::new().await;
    let berger = world.client("Berger SA").await;
    let gate = Gate::before(world.db.url()).await;
    world.kill();
    world.database = (gate.url(world.db.url()), Duration::from_secs(1));
    world.start().await;
    let before = world.product(&berger, "Energy", "Roof").await;
    let mut products = world.products(&berger);
    let read = GetProductRequest {
        organization: before.organization.clone(),
        product: before.id.clone(),
    };

    gate.close();

    for away in [
        products
            .create_product(create_product(&berger, "Energy", "Wall"))
            .await
            .map(drop)
            .unwrap_err(),
        products.get_product(read).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(away.code(), Code::Unavailable);
        assert!(away.get_details_retry_info().is_some());
    }
    gate.open();
    let created = until(async || {
        let answer = products
            .clone()
            .create_product(create_product(&berger, "Energy", "Wall"))
            .await;
        answer.ok().and_then(|answer| answer.into_inner().product)
    })
    .await;
    assert_eq!(world.announced(&created.id, 1).await[0].kind(), "product.created");
}
