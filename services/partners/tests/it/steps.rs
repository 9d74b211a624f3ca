use std::time::Duration;

use entente_contracts::partners::v1::PartnershipInvitationState as State;
use entente_contracts::partners::v1::*;
use tonic::Code;

use crate::ask::reason;
use crate::world::World;

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
