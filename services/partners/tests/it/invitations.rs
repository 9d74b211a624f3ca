use std::time::Duration;

use entente_contracts::identity::v1::{OrganizationState, OrganizationType};
use entente_contracts::partners::events::v1::PartnershipInvitationChanged;
use entente_contracts::partners::v1::PartnershipInvitationState as State;
use entente_contracts::partners::v1::*;
use entente_ids::{OrganizationId, ProductId};
use entente_runtime::clock::Clock as _;
use prost::Message as _;
use tonic::Code;

use crate::ask::{fields, invite, organization, reason};
use crate::steps::withdraw;
use crate::world::World;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn list(organization: OrganizationId) -> ListPartnershipInvitationsRequest {
    let organization = organization.to_string();
    ListPartnershipInvitationsRequest {
        organization,
        ..ListPartnershipInvitationsRequest::default()
    }
}

#[tokio::test]
async fn an_invitation_is_seen_by_both_sides_and_announced_to_both() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let roof = world.product(&berger, "Energy", "Roof").await;

    let invitation = world.invite(&berger, &alpina, &[&roof]).await;

    assert_eq!(
        (invitation.client_name.as_str(), invitation.partner_name.as_str()),
        ("Berger SA", "Alpina")
    );
    assert_eq!(
        (invitation.state(), invitation.access()),
        (State::Pending, MandateAccess::Limited)
    );
    assert_eq!(invitation.products, [roof.id]);
    let lifetime = invitation.expire_time.unwrap().seconds - invitation.create_time.unwrap().seconds;
    assert_eq!(lifetime, 14 * 24 * 3600);
    assert_eq!(world.read_invitation(&berger, &invitation.id).await, invitation);
    assert_eq!(world.read_invitation(&alpina, &invitation.id).await, invitation);
    let event = &world.announced(&invitation.id, 1).await[0];
    assert_eq!(event.kind(), "partnership_invitation.created");
    assert_eq!(
        event.header("ce_organizations"),
        format!("{},{}", berger.organization, alpina.organization)
    );
    let payload = PartnershipInvitationChanged::decode(event.payload.as_slice()).unwrap();
    assert_eq!(payload.invitation, Some(invitation.clone()));
    let token = world.token(&invitation).await;
    assert!(
        !token.is_empty() && !format!("{event:?}").contains(&token),
        "no link travels in an event"
    );
}

#[tokio::test]
async fn an_invitation_to_nobody_who_can_be_invited_is_refused() {
    let world = World::new().await;
    let (berger, client) = (world.client("Berger SA").await, world.client("Client").await);
    let suspended = world.partner("Suspended").await;
    let mut away = organization(&suspended, OrganizationType::Partner, "Suspended");
    away.state = OrganizationState::Suspended.into();
    world.announce(away).await;
    let stranger = world.person(OrganizationId::new(world.clock.now(), world.bytes()));
    let mut invitations = world.invitations(&berger);

    for nobody in [&client, &suspended, &stranger] {
        let answer = invitations
            .create_partnership_invitation(invite(&berger, nobody, &[]))
            .await;
        assert_eq!(answer.as_ref().unwrap_err().code(), Code::NotFound);
        assert_eq!(fields(answer), ["partner"]);
    }
    let oneself = invitations
        .create_partnership_invitation(invite(&berger, &berger, &[]))
        .await;
    assert_eq!(fields(oneself), ["partner"]);
}

#[tokio::test]
async fn an_organization_that_is_not_known_here_yet_is_told_to_come_back() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    let new = world.person(OrganizationId::new(world.clock.now(), world.bytes()));

    let answer = world
        .invitations(&new)
        .create_partnership_invitation(invite(&new, &alpina, &[]))
        .await;

    assert_eq!(answer.unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_mandate_is_over_products_of_the_client_or_over_all() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let own = world.product(&berger, "Energy", "Roof").await;
    let foreign = world
        .product(&world.client("Other").await, "Energy", "Roof")
        .await;
    let unknown = ProductId::new(world.clock.now(), world.bytes()).to_string();
    let request = |access: MandateAccess, products: &[&str]| CreatePartnershipInvitationRequest {
        access: access.into(),
        products: products.iter().map(|product| (*product).to_owned()).collect(),
        ..invite(&berger, &alpina, &[])
    };
    let cases = [
        (request(MandateAccess::Limited, &[]), vec!["products"]),
        (
            request(MandateAccess::Limited, &[&own.id, &foreign.id, &unknown]),
            vec!["products[1]", "products[2]"],
        ),
        (request(MandateAccess::Limited, &["prd_1"]), vec!["products[0]"]),
        (
            request(MandateAccess::Limited, &[&own.id, &own.id]),
            vec!["products[1]"],
        ),
        (request(MandateAccess::Complete, &[&own.id]), vec!["products"]),
        (request(MandateAccess::Unspecified, &[&own.id]), vec!["access"]),
    ];
    for (request, expected) in cases {
        let answer = world
            .invitations(&berger)
            .create_partnership_invitation(request.clone())
            .await;
        assert_eq!(answer.as_ref().unwrap_err().code(), Code::InvalidArgument);
        assert_eq!(fields(answer), expected, "{request:?}");
    }
}

#[tokio::test]
async fn one_invitation_at_a_time_is_pending_between_two_organizations() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let mut one = world.invitations(&berger);
    let mut two = one.clone();
    let request = invite(&berger, &alpina, &[]);

    let (first, second) = tokio::join!(
        one.create_partnership_invitation(request.clone()),
        two.create_partnership_invitation(request.clone())
    );

    let (created, refused) = if first.is_ok() {
        (first, second)
    } else {
        (second, first)
    };
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(reason(refused), "ALREADY_INVITED");
    let created = created.unwrap().into_inner().invitation.unwrap();
    one.withdraw_partnership_invitation(withdraw(&created))
        .await
        .unwrap();
    one.create_partnership_invitation(request).await.unwrap();
}

#[tokio::test]
async fn partners_are_not_invited_again() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    world.partnership(&berger, &alpina, &[]).await;

    let answer = world
        .invitations(&berger)
        .create_partnership_invitation(invite(&berger, &alpina, &[]))
        .await;

    assert_eq!(answer.as_ref().unwrap_err().code(), Code::AlreadyExists);
    assert_eq!(reason(answer), "ALREADY_PARTNERS");
}

#[tokio::test]
async fn a_repeated_invitation_is_the_same_one() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let mut invitations = world.invitations(&berger);
    let request = CreatePartnershipInvitationRequest {
        request_id: "r-1".into(),
        ..invite(&berger, &alpina, &[])
    };

    let first = invitations
        .create_partnership_invitation(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = invitations
        .create_partnership_invitation(request.clone())
        .await
        .unwrap()
        .into_inner();

    assert_eq!(first, again);
    let other = CreatePartnershipInvitationRequest {
        message: "another word".into(),
        ..request
    };
    assert_eq!(
        fields(invitations.create_partnership_invitation(other).await),
        ["request_id"]
    );
}

#[tokio::test]
async fn a_list_is_of_both_directions_and_of_how_things_stand_now() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let sent = world.invite(&berger, &alpina, &[]).await;
    world.clock.advance(Duration::from_secs(1));
    let received = world.invite(&world.client("Other").await, &alpina, &[]).await;
    world.clock.advance(Duration::from_secs(1));
    let newest = world.invite(&alpina, &world.partner("Bella").await, &[]).await;
    let mut invitations = world.invitations(&alpina);

    let all = invitations
        .list_partnership_invitations(list(alpina.organization))
        .await
        .unwrap()
        .into_inner();
    let ids: Vec<_> = all
        .invitations
        .iter()
        .map(|invitation| invitation.id.as_str())
        .collect();
    assert_eq!(ids, [newest.id.as_str(), received.id.as_str(), sent.id.as_str()]);

    let small = ListPartnershipInvitationsRequest {
        page_size: 2,
        ..list(alpina.organization)
    };
    let page = invitations
        .list_partnership_invitations(small.clone())
        .await
        .unwrap()
        .into_inner();
    let rest = ListPartnershipInvitationsRequest {
        page_token: page.next_page_token,
        ..small
    };
    let page = invitations
        .list_partnership_invitations(rest)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (page.invitations[0].id.as_str(), page.next_page_token.as_str()),
        (sent.id.as_str(), "")
    );

    world.clock.advance(14 * DAY - Duration::from_millis(500));
    let of_state = |state: State| ListPartnershipInvitationsRequest {
        state: state.into(),
        ..list(alpina.organization)
    };
    let pending = invitations
        .list_partnership_invitations(of_state(State::Pending))
        .await
        .unwrap()
        .into_inner();
    let expired = invitations
        .list_partnership_invitations(of_state(State::Expired))
        .await
        .unwrap()
        .into_inner();
    let id = |invitations: &[PartnershipInvitation]| {
        invitations.iter().map(|one| one.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(id(&pending.invitations), [newest.id]);
    assert_eq!(id(&expired.invitations), [received.id, sent.id]);
}

#[tokio::test]
async fn the_token_of_a_link_is_for_services_only() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let request = GetPartnershipInvitationTokenRequest {
        invitation: invitation.id.clone(),
    };

    let person = world
        .invitations(&berger)
        .get_partnership_invitation_token(request.clone())
        .await;
    assert_eq!(person.as_ref().unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reason(person), "INTERNAL_ONLY");
    let nobody = world
        .public()
        .get_partnership_invitation_token(request.clone())
        .await;
    assert_eq!(nobody.unwrap_err().code(), Code::Unauthenticated);
    let answer = world
        .mailer()
        .get_partnership_invitation_token(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.invitation, Some(invitation));
}

#[tokio::test]
async fn a_token_that_was_never_given_out_is_a_dead_link() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let token = world.token(&world.invite(&berger, &alpina, &[]).await).await;
    let mut forged = token.clone();
    forged.replace_range(30..31, if &token[30..31] == "A" { "B" } else { "A" });

    for token in [forged, "nonsense".into(), "é".into(), "A".repeat(256)] {
        let answer = world
            .public()
            .look_up_partnership_invitation(LookUpPartnershipInvitationRequest { token })
            .await;
        assert_eq!(reason(answer), "LINK_DEAD");
    }
}
