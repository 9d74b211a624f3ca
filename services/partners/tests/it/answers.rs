use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::Permission;
use entente_contracts::partners::v1::PartnershipInvitationState as State;
use entente_contracts::partners::v1::*;
use tonic::Code;

use crate::ask::reason;
use crate::steps::withdraw;
use crate::world::World;

fn refusal(acceptance: AcceptPartnershipInvitationRequest) -> RefusePartnershipInvitationRequest {
    RefusePartnershipInvitationRequest {
        organization: acceptance.organization,
        invitation: acceptance.invitation,
        token: acceptance.token,
        request_id: acceptance.request_id,
    }
}

#[tokio::test]
async fn an_accepted_invitation_is_a_partnership_in_force() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let (roof, wall) = (
        world.product(&berger, "Energy", "Roof").await,
        world.product(&berger, "Energy", "Wall").await,
    );
    let invitation = world.invite(&berger, &alpina, &[&roof, &wall]).await;
    let acceptance = world.acceptance(&alpina, &invitation).await;

    let answer = world
        .invitations(&alpina)
        .accept_partnership_invitation(acceptance)
        .await
        .unwrap()
        .into_inner();

    let accepted = answer.invitation.unwrap();
    assert_eq!(accepted.state(), State::Accepted);
    let partnership = world.read_partnership(&berger, &accepted.partnership).await;
    assert_eq!(partnership.state(), PartnershipState::Active);
    let mandate = partnership.mandate.clone().unwrap();
    assert_eq!((mandate.version, mandate.access()), (1, MandateAccess::Limited));
    assert_eq!(mandate.products, [roof.id.clone(), wall.id.clone()]);
    assert_eq!(
        world.read_partnership(&alpina, &accepted.partnership).await,
        partnership
    );

    let grants = world.identity.grants();
    let grant = &grants[0];
    assert_eq!(
        (grants.len(), grant.partnership.as_str()),
        (1, partnership.id.as_str())
    );
    assert_eq!(
        (grant.client.as_str(), grant.partner.as_str()),
        (partnership.client.as_str(), partnership.partner.as_str())
    );
    assert_eq!((grant.version, grant.ended, grant.complete), (1, false, false));
    assert_eq!(grant.products, [roof.id, wall.id]);
    let allowed = |action: Action| Permission {
        resource: Resource::Product.into(),
        action: action.into(),
    };
    assert_eq!(grant.ceiling, [allowed(Action::Read), allowed(Action::Update)]);

    let steps = world.announced(&invitation.id, 2).await;
    assert_eq!(steps[1].kind(), "partnership_invitation.accepted");
    assert_eq!(steps[1].header("ce_actor"), alpina.user.to_string());
    let started = &world.announced(&partnership.id, 1).await[0];
    assert_eq!(
        (started.kind(), started.header("ce_actor")),
        ("partnership.started", alpina.user.to_string().as_str())
    );
    assert_eq!(
        started.header("ce_organizations"),
        format!("{},{}", berger.organization, alpina.organization)
    );
    assert_eq!(
        started.change("state"),
        (serde_json::Value::Null, "active".into())
    );
    assert_eq!(started.header("ce_requestid"), steps[1].header("ce_requestid"));
}

#[tokio::test]
async fn a_complete_mandate_covers_the_client_and_names_no_products() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);

    let partnership = world.partnership(&berger, &alpina, &[]).await;

    let mandate = partnership.mandate.unwrap();
    assert_eq!(
        (mandate.access(), mandate.products.len()),
        (MandateAccess::Complete, 0)
    );
    let grant = &world.identity.grants()[0];
    assert!(grant.complete && grant.products.is_empty());
    let read_member = Permission {
        resource: Resource::Member.into(),
        action: Action::Read.into(),
    };
    assert!(grant.ceiling.contains(&read_member));
}

#[tokio::test]
async fn a_refused_invitation_is_over_for_both_sides() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = AcceptPartnershipInvitationRequest {
        request_id: "r-1".into(),
        ..world.acceptance(&alpina, &invitation).await
    };
    let refusal = refusal(acceptance.clone());
    let mut invitations = world.invitations(&alpina);

    let answer = invitations
        .refuse_partnership_invitation(refusal.clone())
        .await
        .unwrap()
        .into_inner();

    assert_eq!(answer.invitation.as_ref().unwrap().state(), State::Refused);
    assert_eq!(
        invitations
            .refuse_partnership_invitation(refusal.clone())
            .await
            .unwrap()
            .into_inner(),
        answer
    );
    let again = RefusePartnershipInvitationRequest {
        request_id: String::new(),
        ..refusal
    };
    for closed in [
        invitations.refuse_partnership_invitation(again).await.map(drop),
        invitations
            .accept_partnership_invitation(acceptance)
            .await
            .map(drop),
        world
            .invitations(&berger)
            .withdraw_partnership_invitation(withdraw(&invitation))
            .await
            .map(drop),
    ] {
        assert_eq!(closed.as_ref().unwrap_err().code(), Code::FailedPrecondition);
        assert_eq!(reason(closed), "INVITATION_CLOSED");
    }
    let event = &world.announced(&invitation.id, 2).await[1];
    assert_eq!(
        (event.kind(), event.header("ce_actor")),
        ("partnership_invitation.refused", alpina.user.to_string().as_str())
    );
    assert!(world.identity.grants().is_empty());
}

#[tokio::test]
async fn only_the_invited_partner_answers_and_only_with_the_link() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let stranger = world.partner("Stranger").await;
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let other = world.invite(&world.client("Other").await, &alpina, &[]).await;
    let acceptance = world.acceptance(&alpina, &invitation).await;
    let of_other = AcceptPartnershipInvitationRequest {
        token: world.token(&other).await,
        ..acceptance.clone()
    };
    let by = |person: &entente_access::Person| AcceptPartnershipInvitationRequest {
        organization: person.organization.to_string(),
        ..acceptance.clone()
    };

    for (person, request, code, why) in [
        (&berger, by(&berger), Code::PermissionDenied, "NOT_THE_PARTNER"),
        (&stranger, by(&stranger), Code::NotFound, "NOT_FOUND"),
        (&alpina, of_other, Code::NotFound, "LINK_DEAD"),
    ] {
        let mut invitations = world.invitations(person);
        for answer in [
            invitations
                .accept_partnership_invitation(request.clone())
                .await
                .map(drop),
            invitations
                .refuse_partnership_invitation(refusal(request))
                .await
                .map(drop),
        ] {
            assert_eq!(answer.as_ref().unwrap_err().code(), code);
            assert_eq!(reason(answer), why);
        }
    }
}

#[tokio::test]
async fn of_two_acceptances_at_once_one_makes_the_partnership() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = world.acceptance(&alpina, &invitation).await;
    let (mut one, mut two) = (
        world.invitations(&alpina),
        world.invitations(&world.person(alpina.organization)),
    );

    let (first, second) = tokio::join!(
        one.accept_partnership_invitation(acceptance.clone()),
        two.accept_partnership_invitation(acceptance)
    );

    assert!(first.is_ok() != second.is_ok());
    assert_eq!(
        reason(if first.is_ok() { second } else { first }),
        "INVITATION_CLOSED"
    );
    assert_eq!(world.identity.grants().len(), 1);
}

#[tokio::test]
async fn of_an_acceptance_and_a_withdrawal_at_once_one_holds() {
    let world = World::new().await;
    let alpina = world.partner("Alpina").await;
    for name in ["One", "Two", "Three", "Four"] {
        let client = world.client(name).await;
        let invitation = world.invite(&client, &alpina, &[]).await;
        let acceptance = world.acceptance(&alpina, &invitation).await;
        let (mut partner, mut owner) = (world.invitations(&alpina), world.invitations(&client));

        let (accepted, withdrawn) = tokio::join!(
            partner.accept_partnership_invitation(acceptance),
            owner.withdraw_partnership_invitation(withdraw(&invitation))
        );

        let read = world.read_invitation(&client, &invitation.id).await;
        if accepted.is_ok() {
            assert_eq!(reason(withdrawn), "INVITATION_CLOSED");
            assert_eq!(read.state(), State::Accepted);
        } else {
            assert!(withdrawn.is_ok());
            assert_eq!(reason(accepted), "LINK_DEAD");
            assert_eq!((read.state(), read.partnership.as_str()), (State::Withdrawn, ""));
        }
    }
}

#[tokio::test]
async fn a_repeated_acceptance_gets_the_first_answer() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = AcceptPartnershipInvitationRequest {
        request_id: "r-1".into(),
        ..world.acceptance(&alpina, &invitation).await
    };
    let (mut one, mut two) = (world.invitations(&alpina), world.invitations(&alpina));

    let (first, second) = tokio::join!(
        one.accept_partnership_invitation(acceptance.clone()),
        two.accept_partnership_invitation(acceptance.clone())
    );

    let first = first.unwrap().into_inner();
    assert_eq!(first, second.unwrap().into_inner());
    assert_eq!(
        first,
        one.accept_partnership_invitation(acceptance)
            .await
            .unwrap()
            .into_inner()
    );
    let partnership = first.invitation.unwrap().partnership;
    assert_eq!(world.announced(&partnership, 1).await.len(), 1);
}

#[tokio::test]
async fn who_may_not_accept_is_told_why_before_anything_is_looked_at() {
    let world = World::new().await;
    let (berger, alpina) = (world.client("Berger SA").await, world.partner("Alpina").await);
    let invitation = world.invite(&berger, &alpina, &[]).await;
    let acceptance = world.acceptance(&alpina, &invitation).await;
    let unbilled = world.person(alpina.organization);
    world.identity.deny(&unbilled, "BILLING_REQUIRED");

    let answer = world
        .invitations(&unbilled)
        .accept_partnership_invitation(acceptance)
        .await;

    assert_eq!(answer.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(answer), "BILLING_REQUIRED");
    assert_eq!(
        world.read_invitation(&berger, &invitation.id).await.state(),
        State::Pending
    );
}
