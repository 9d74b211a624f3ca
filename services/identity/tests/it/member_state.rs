//! Invitations sent again and taken back; members kept out and let in again.

use std::time::Duration;

use entente_contracts::identity::v1::{
    AcceptMemberInvitationRequest, DisableMemberRequest, EnableMemberRequest, InviteMemberRequest,
    LookUpMemberInvitationRequest, Member, MemberState, OrganizationType, ResendMemberInvitationRequest,
    WithdrawMemberInvitationRequest,
};
use tonic::{Code, Status};

use crate::member::{remove, set_legal, set_role};
use crate::support::{Actor, PASSWORD, World, invitation, reason, with_token};

const MIA: &str = "mia@operator.example";
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

macro_rules! step {
    ($name:ident, $request:ident) => {
        pub(crate) async fn $name(world: &World, by: &Actor, member: &str) -> Result<Member, Status> {
            let request = $request {
                organization: by.organization.clone(),
                member: member.to_owned(),
                ..Default::default()
            };
            let answer = world.members().$name(by.request(request)).await?;
            Ok(answer.into_inner().member.unwrap())
        }
    };
}

step!(resend_member_invitation, ResendMemberInvitationRequest);
step!(withdraw_member_invitation, WithdrawMemberInvitationRequest);
step!(disable_member, DisableMemberRequest);
step!(enable_member, EnableMemberRequest);

async fn look_up(world: &World, token: &str) -> Result<String, Status> {
    let request = LookUpMemberInvitationRequest {
        token: token.to_owned(),
    };
    Ok(world
        .members()
        .look_up_member_invitation(request)
        .await?
        .into_inner()
        .role)
}

#[tokio::test]
async fn an_invitation_sent_again_lasts_seven_more_days_and_its_old_link_is_dead() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "viewer").await.unwrap();
    let old = world.link_token(&owner.organization, &invited.id).await;
    world.advance(WEEK - Duration::from_secs(60));
    let owner = world.sign_in(&owner.email).await;
    let renewed = resend_member_invitation(&world, &owner, &invited.id)
        .await
        .unwrap();
    assert!(
        renewed.invitation_expire_time.unwrap().seconds > invited.invitation_expire_time.unwrap().seconds
    );
    assert_eq!(reason(look_up(&world, &old).await), "LINK_DEAD");
    world.advance(WEEK - Duration::from_secs(1));
    let member = world.accept(&owner.organization, &invited.id, PASSWORD).await;
    assert_eq!(member.unwrap().role, "viewer");
    let events = world.events(&invited.id, 3).await;
    assert_eq!(events[1].kind(), "member.invited");
    assert!(events[1].header("ce_changes").contains("invitation_expire_time"));
}

#[tokio::test]
async fn an_invitation_that_has_expired_is_sent_again() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "viewer").await.unwrap();
    world.advance(WEEK);
    let owner = world.sign_in(&owner.email).await;
    resend_member_invitation(&world, &owner, &invited.id)
        .await
        .unwrap();
    world
        .accept(&owner.organization, &invited.id, PASSWORD)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_withdrawn_invitation_is_dead_at_once() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "viewer").await.unwrap();
    let token = world.link_token(&owner.organization, &invited.id).await;
    let withdrawn = withdraw_member_invitation(&world, &owner, &invited.id)
        .await
        .unwrap();
    assert_eq!(withdrawn.state(), MemberState::Removed);
    assert_eq!(reason(world.accept_token(&token, PASSWORD).await), "LINK_DEAD");
    assert_eq!(world.events(&invited.id, 2).await[1].kind(), "member.withdrawn");
    world.invite(&owner, MIA, "viewer").await.unwrap();
}

#[tokio::test]
async fn an_answered_invitation_is_neither_sent_again_nor_taken_back() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    let sent = resend_member_invitation(&world, &owner, &mia.member).await;
    assert_eq!(sent.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(sent), "INVITATION_CLOSED");
    assert_eq!(
        reason(withdraw_member_invitation(&world, &owner, &mia.member).await),
        "INVITATION_CLOSED"
    );
    remove(&world, &owner, &mia.member).await.unwrap();
    assert_eq!(
        reason(resend_member_invitation(&world, &owner, &mia.member).await),
        "MEMBER_REMOVED"
    );
}

#[tokio::test]
async fn an_invitation_above_ones_own_rights_is_not_sent_again() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    let invited = world.invite(&owner, MIA, "owner").await.unwrap();
    assert_eq!(
        reason(resend_member_invitation(&world, &admin, &invited.id).await),
        "GRANT_EXCEEDS_OWN"
    );
}

#[tokio::test]
async fn a_disabled_member_is_out_at_once_and_comes_back_as_before() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "admin").await;
    let disabled = disable_member(&world, &owner, &mia.member).await.unwrap();
    assert_eq!(disabled.state(), MemberState::Disabled);
    assert_eq!(reason(world.list_members(&mia).await), "SESSION_REVOKED");
    assert_eq!(
        reason(world.try_sign_in(MIA, PASSWORD).await),
        "CREDENTIALS_WRONG"
    );
    assert_eq!(world.events(&mia.member, 3).await[2].kind(), "member.disabled");

    let enabled = enable_member(&world, &owner, &mia.member).await.unwrap();
    assert_eq!(
        (enabled.state(), enabled.role.as_str()),
        (MemberState::Active, "admin")
    );
    let mia = world.sign_in(MIA).await;
    world.list_members(&mia).await.unwrap();
}

#[tokio::test]
async fn the_last_owner_and_the_last_legal_representative_are_not_disabled() {
    let (world, owner) = World::new().await;
    assert_eq!(
        reason(disable_member(&world, &owner, &owner.member).await),
        "LAST_OWNER"
    );
    let otto = world.join(&owner, "otto@operator.example", "owner").await;
    assert_eq!(
        reason(disable_member(&world, &otto, &owner.member).await),
        "LAST_LEGAL_REPRESENTATIVE"
    );
}

#[tokio::test]
async fn two_owners_who_disable_each_other_at_once_leave_one() {
    let (world, olga) = World::new().await;
    let otto = world.join(&olga, "otto@operator.example", "owner").await;
    set_legal(&world, &olga, &otto.member, true).await.unwrap();
    let (one, other) = tokio::join!(
        disable_member(&world, &olga, &otto.member),
        disable_member(&world, &otto, &olga.member)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

#[tokio::test]
async fn a_disabled_owner_doesnt_count_as_one_who_is_left() {
    let (world, olga) = World::new().await;
    let otto = world.join(&olga, "otto@operator.example", "owner").await;
    disable_member(&world, &olga, &otto.member).await.unwrap();
    assert_eq!(
        reason(set_role(&world, &olga, &olga.member, "admin").await),
        "LAST_OWNER"
    );
}

#[tokio::test]
async fn who_holds_less_neither_disables_nor_enables() {
    let (world, owner) = World::new().await;
    let admin = world.join(&owner, "adam@operator.example", "admin").await;
    let otto = world.join(&owner, "otto@operator.example", "owner").await;
    assert_eq!(
        reason(disable_member(&world, &admin, &otto.member).await),
        "GRANT_EXCEEDS_OWN"
    );
    disable_member(&world, &owner, &otto.member).await.unwrap();
    assert_eq!(
        reason(enable_member(&world, &admin, &otto.member).await),
        "GRANT_EXCEEDS_OWN"
    );
}

#[tokio::test]
async fn a_pending_member_is_withdrawn_and_not_disabled() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "viewer").await.unwrap();
    assert_eq!(
        reason(disable_member(&world, &owner, &invited.id).await),
        "MEMBER_PENDING"
    );
}

#[tokio::test]
async fn a_disabled_address_is_not_invited_anew() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    disable_member(&world, &owner, &mia.member).await.unwrap();
    assert_eq!(
        reason(world.invite(&owner, MIA, "viewer").await),
        "ALREADY_MEMBER"
    );
}

#[tokio::test]
async fn a_disabling_that_is_stale_is_aborted_and_one_asked_again_answered() {
    let (world, owner) = World::new().await;
    let mia = world.join(&owner, MIA, "viewer").await;
    let request = DisableMemberRequest {
        organization: owner.organization.clone(),
        member: mia.member.clone(),
        etag: "1".to_owned(),
        request_id: String::new(),
    };
    let stale = world
        .members()
        .disable_member(owner.request(request.clone()))
        .await;
    assert_eq!(reason(stale), "STALE_ETAG");
    let request = DisableMemberRequest {
        etag: String::new(),
        request_id: "d-1".to_owned(),
        ..request
    };
    let mut client = world.members();
    let first = client
        .disable_member(owner.request(request.clone()))
        .await
        .unwrap()
        .into_inner();
    enable_member(&world, &owner, &mia.member).await.unwrap();
    let second = client
        .disable_member(owner.request(request))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, second);
}

#[tokio::test]
async fn anothers_member_is_not_found() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let belvedere = world
        .found(&operator, OrganizationType::Partner, "Belvedere")
        .await;
    for refused in [
        resend_member_invitation(&world, &alpina, &belvedere.member).await,
        withdraw_member_invitation(&world, &alpina, &belvedere.member).await,
        disable_member(&world, &alpina, &belvedere.member).await,
        enable_member(&world, &alpina, &belvedere.member).await,
    ] {
        assert_eq!(reason(refused), "NOT_FOUND");
    }
}

#[tokio::test]
async fn the_role_of_external_users_is_given_to_nobody() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "partner").await;
    assert_eq!(invited.as_ref().unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(reason(invited), "ROLE_RESERVED");
    let mia = world.join(&owner, MIA, "viewer").await;
    assert_eq!(
        reason(set_role(&world, &owner, &mia.member, "partner").await),
        "ROLE_RESERVED"
    );
}

#[tokio::test]
async fn an_invitation_lets_in_nobody_but_whom_it_is_for() {
    let (world, owner) = World::new().await;
    let eve = world.join(&owner, "eve@operator.example", "viewer").await;
    let invited = world.invite(&owner, MIA, "admin").await.unwrap();
    let request = AcceptMemberInvitationRequest {
        token: world.link_token(&owner.organization, &invited.id).await,
        display_name: "Eve".to_owned(),
        password: PASSWORD.to_owned(),
        email: "eve@operator.example".to_owned(),
    };
    let other = world.members().accept_member_invitation(request.clone()).await;
    assert_eq!(other.as_ref().unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reason(other), "WRONG_ADDRESS");
    let signed_in = AcceptMemberInvitationRequest {
        email: String::new(),
        ..request.clone()
    };
    let theirs = with_token(&eve.token, signed_in);
    assert_eq!(
        reason(world.members().accept_member_invitation(theirs).await),
        "WRONG_ADDRESS"
    );
    let right = AcceptMemberInvitationRequest {
        email: "MIA@operator.example".to_owned(),
        ..request
    };
    world.members().accept_member_invitation(right).await.unwrap();
}

#[tokio::test]
async fn a_partner_to_whom_nothing_is_delegated_takes_rights_away_and_gives_none() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let mia = world.join(&alpina, "mia@alpina.example", "member").await;
    let noe = world.join(&alpina, "noe@alpina.example", "member").await;
    crate::controls::set(&world, &operator, &alpina.organization, Default::default())
        .await
        .unwrap();
    let request = InviteMemberRequest {
        ..invitation(&alpina.organization, "new@alpina.example", "viewer")
    };
    let refused = world.members().invite_member(alpina.request(request)).await;
    assert_eq!(refused.as_ref().unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reason(refused), "DELEGATION_DISABLED");
    assert_eq!(
        reason(set_role(&world, &alpina, &mia.member, "viewer").await),
        "DELEGATION_DISABLED"
    );
    disable_member(&world, &alpina, &mia.member).await.unwrap();
    assert_eq!(
        reason(enable_member(&world, &alpina, &mia.member).await),
        "DELEGATION_DISABLED"
    );
    remove(&world, &alpina, &noe.member).await.unwrap();
}
