use std::time::Duration;

use entente_contracts::identity::v1::{OrganizationState, OrganizationType};
use entente_contracts::partners::events::v1::PartnershipInvitationChanged;
use entente_contracts::partners::v1::PartnershipInvitationState as State;
use entente_contracts::partners::v1::*;
use entente_ids::{OrganizationId, ProductId};
use entente_runtime::clock::Clock as _;
use prost::Message as _;
use tonic::Code;

use crate::world::{World, fields, invite, organization, reason};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn resend(invitation: &PartnershipInvitation) -> ResendPartnershipInvitationRequest {
    ResendPartnershipInvitationRequest {
        organization: invitation.client.clone(),
        invitation: invitation.id.clone(),
        ..ResendPartnershipInvitationRequest::default()
    }
}

pub fn withdraw(invitation: &PartnershipInvitation) -> WithdrawPartnershipInvitationRequest {
    WithdrawPartnershipInvitationRequest {
        organization: invitation.client.clone(),
        invitation: invitation.id.clone(),
        ..WithdrawPartnershipInvitationRequest::default()
    }
}

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
async fn a_resent_invitation_lives_anew_and_its_old_link_is_dead() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let old = world.token(&invitation).await;
    world.clock.advance(13 * DAY);

    let request = ResendPartnershipInvitationRequest {
        request_id: "r-1".into(),
        ..resend(&invitation)
    };
    let answer = world
        .invitations(&berger)
        .resend_partnership_invitation(request.clone())
        .await
        .unwrap()
        .into_inner();

    let resent = answer.invitation.clone().unwrap();
    assert_eq!(
        resent.expire_time.unwrap().seconds - invitation.expire_time.unwrap().seconds,
        13 * 24 * 3600
    );
    let look_up = |token: String| LookUpPartnershipInvitationRequest { token };
    let dead = world
        .public()
        .look_up_partnership_invitation(look_up(old.clone()))
        .await;
    assert_eq!(dead.as_ref().unwrap_err().code(), Code::NotFound);
    assert_eq!(reason(dead), "LINK_DEAD");
    let acceptance = AcceptPartnershipInvitationRequest {
        token: old,
        ..world.acceptance(&alpina, &resent).await
    };
    assert_eq!(
        reason(
            world
                .invitations(&alpina)
                .accept_partnership_invitation(acceptance)
                .await
        ),
        "LINK_DEAD"
    );
    let living = world.token(&resent).await;
    let shown = world
        .public()
        .look_up_partnership_invitation(look_up(living.clone()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(shown.invitation, Some(resent));
    let event = &world.announced(&invitation.id, 2).await[1];
    assert_eq!(event.kind(), "partnership_invitation.resent");

    let again = world
        .invitations(&berger)
        .resend_partnership_invitation(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again, answer);
    assert_eq!(
        world.token(&invitation).await,
        living,
        "a repeated call doesn't kill the link that the first one made"
    );
}

#[tokio::test]
async fn a_withdrawn_invitation_has_a_dead_link_and_stays_withdrawn() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = world.acceptance(&alpina, &invitation).await;
    let mut invitations = world.invitations(&berger);

    let answer = invitations
        .withdraw_partnership_invitation(withdraw(&invitation))
        .await
        .unwrap()
        .into_inner();

    assert_eq!(answer.invitation.unwrap().state(), State::Withdrawn);
    assert_eq!(world.token(&invitation).await, "");
    let token = acceptance.token.clone();
    let look_up = world
        .public()
        .look_up_partnership_invitation(LookUpPartnershipInvitationRequest { token })
        .await;
    assert_eq!(reason(look_up), "LINK_DEAD");
    assert_eq!(
        reason(
            world
                .invitations(&alpina)
                .accept_partnership_invitation(acceptance)
                .await
        ),
        "LINK_DEAD"
    );
    for closed in [
        invitations
            .withdraw_partnership_invitation(withdraw(&invitation))
            .await
            .map(drop),
        invitations
            .resend_partnership_invitation(resend(&invitation))
            .await
            .map(drop),
    ] {
        assert_eq!(closed.as_ref().unwrap_err().code(), Code::FailedPrecondition);
        assert_eq!(reason(closed), "INVITATION_CLOSED");
    }
    let event = &world.announced(&invitation.id, 2).await[1];
    assert_eq!(
        (event.kind(), event.change("state")),
        (
            "partnership_invitation.withdrawn",
            ("pending".into(), "withdrawn".into())
        )
    );
}

#[tokio::test]
async fn steps_of_the_client_are_not_the_partners_to_take() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let stranger = world.partner("Stranger").await;
    let invitation = world.invite(&berger, &alpina, &[]).await;

    for (person, code, why) in [
        (&alpina, Code::PermissionDenied, "NOT_THE_CLIENT"),
        (&stranger, Code::NotFound, "NOT_FOUND"),
    ] {
        let organization = person.organization.to_string();
        let mut invitations = world.invitations(person);
        let withdrawal = WithdrawPartnershipInvitationRequest {
            organization: organization.clone(),
            ..withdraw(&invitation)
        };
        let resending = ResendPartnershipInvitationRequest {
            organization,
            ..resend(&invitation)
        };
        for answer in [
            invitations
                .withdraw_partnership_invitation(withdrawal)
                .await
                .map(drop),
            invitations
                .resend_partnership_invitation(resending)
                .await
                .map(drop),
        ] {
            assert_eq!(answer.as_ref().unwrap_err().code(), code);
            assert_eq!(reason(answer), why);
        }
    }
}

#[tokio::test]
async fn a_step_on_what_was_changed_in_between_is_aborted() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let mut invitations = world.invitations(&berger);
    let with_etag = ResendPartnershipInvitationRequest {
        etag: invitation.etag.clone(),
        ..resend(&invitation)
    };
    invitations
        .resend_partnership_invitation(with_etag.clone())
        .await
        .unwrap();

    let stale = invitations.resend_partnership_invitation(with_etag).await;
    assert_eq!(stale.as_ref().unwrap_err().code(), Code::Aborted);
    assert_eq!(reason(stale), "STALE_ETAG");
    let stale = WithdrawPartnershipInvitationRequest {
        etag: "nonsense".into(),
        ..withdraw(&invitation)
    };
    assert_eq!(
        reason(invitations.withdraw_partnership_invitation(stale).await),
        "STALE_ETAG"
    );
}

#[tokio::test]
async fn an_invitation_that_nobody_answered_is_expired_and_announced_once() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = world.acceptance(&alpina, &invitation).await;

    world.clock.advance(14 * DAY);

    assert_eq!(
        world.read_invitation(&alpina, &invitation.id).await.state(),
        State::Expired
    );
    assert_eq!(world.token(&invitation).await, "");
    assert_eq!(
        reason(
            world
                .invitations(&alpina)
                .accept_partnership_invitation(acceptance)
                .await
        ),
        "LINK_DEAD"
    );
    let closed = world
        .invitations(&berger)
        .resend_partnership_invitation(resend(&invitation))
        .await;
    assert_eq!(reason(closed), "INVITATION_CLOSED");
    let event = &world.announced(&invitation.id, 2).await[1];
    assert_eq!(
        (event.kind(), event.header("ce_actor")),
        ("partnership_invitation.expired", "service:partners")
    );
    assert_eq!(event.change("state"), ("pending".into(), "expired".into()));
    // Whether or not it was noted before: a new one has room.
    world.invite(&berger, &alpina, &[]).await;
    assert_eq!(world.announced(&invitation.id, 2).await.len(), 2);
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
