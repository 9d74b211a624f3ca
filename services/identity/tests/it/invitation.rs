//! Links of member invitations.

use std::time::Duration;

use entente_contracts::identity::v1::{
    AcceptMemberInvitationRequest, GetMemberInvitationTokenRequest, LookUpMemberInvitationRequest,
    LookUpMemberInvitationResponse, MemberState, OrganizationType, RemoveMemberRequest,
};
use entente_identity::security::password::Passwords;
use entente_runtime::random::SystemRandom;
use sqlx::Connection as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::role::{READ_MEMBERS, create};
use crate::settings::chooses;
use crate::support::{Actor, PASSWORD, World, reason};

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
const MIA: &str = "mia@operator.example";

async fn look_up(world: &World, token: &str) -> Result<LookUpMemberInvitationResponse, Status> {
    let request = LookUpMemberInvitationRequest {
        token: token.to_owned(),
    };
    Ok(world
        .members()
        .look_up_member_invitation(request)
        .await?
        .into_inner())
}

#[tokio::test]
async fn a_link_tells_what_it_is_about_and_lets_in_with_exactly_that_role() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "viewer").await.unwrap();
    let token = world.link_token(&owner.organization, &invited.id).await;
    let shown = look_up(&world, &token).await.unwrap();
    assert_eq!(
        (
            shown.organization_name.as_str(),
            shown.email.as_str(),
            shown.role.as_str(),
            shown.role_display_name.as_str()
        ),
        ("Operator", MIA, "viewer", "Viewer")
    );

    let member = world.accept_token(&token, PASSWORD).await.unwrap();
    assert_eq!(
        (member.id.as_str(), member.role.as_str(), member.state()),
        (invited.id.as_str(), "viewer", MemberState::Active)
    );
    let mia = world.sign_in(MIA).await;
    assert_eq!(world.list_members(&mia).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_link_names_a_role_of_the_organizations_own_as_its_people_do() {
    let (world, owner) = World::new().await;
    let role = create(&world, &owner, "Night shift", &[READ_MEMBERS])
        .await
        .unwrap();
    let invited = world.invite(&owner, MIA, &role.id).await.unwrap();
    let token = world.link_token(&owner.organization, &invited.id).await;

    let shown = look_up(&world, &token).await.unwrap();

    assert_eq!(
        (shown.role.as_str(), shown.role_display_name.as_str()),
        (role.id.as_str(), "Night shift")
    );
}

#[tokio::test]
async fn a_link_names_the_language_of_who_is_invited() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    chooses(&world, &operator, "fr").await;
    for (email, language) in [(MIA, "en"), (operator.email.as_str(), "fr")] {
        let invited = world.invite(&alpina, email, "viewer").await.unwrap();
        let token = world.link_token(&alpina.organization, &invited.id).await;
        let shown = look_up(&world, &token).await.unwrap();
        assert_eq!(shown.language, language, "{email}");
    }
}

#[tokio::test]
async fn a_link_works_once() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "viewer").await.unwrap();
    let token = world.link_token(&owner.organization, &invited.id).await;
    let (one, other) = tokio::join!(
        world.accept_token(&token, PASSWORD),
        world.accept_token(&token, PASSWORD)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let active = world.list_members(&owner).await.unwrap();
    let active = active
        .iter()
        .filter(|member| member.state() == MemberState::Active);
    assert_eq!(active.filter(|member| member.email == MIA).count(), 1);
    let again = world.accept_token(&token, PASSWORD).await;
    assert_eq!(again.as_ref().unwrap_err().code(), Code::NotFound);
    assert_eq!(reason(again), "LINK_DEAD");
    assert_eq!(reason(look_up(&world, &token).await), "LINK_DEAD");
}

#[tokio::test]
async fn a_link_is_dead_after_seven_days() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "viewer").await.unwrap();
    let token = world.link_token(&owner.organization, &invited.id).await;
    world.advance(WEEK - Duration::from_micros(1));
    look_up(&world, &token).await.unwrap();
    world.advance(Duration::from_micros(1));
    assert_eq!(reason(look_up(&world, &token).await), "LINK_DEAD");
    assert_eq!(reason(world.accept_token(&token, PASSWORD).await), "LINK_DEAD");
    assert_eq!(world.link_token(&owner.organization, &invited.id).await, "");
}

#[tokio::test]
async fn an_expired_invitation_is_renewed_by_another_one() {
    let (world, owner) = World::new().await;
    let expired = world.invite(&owner, MIA, "viewer").await.unwrap();
    let old = world.link_token(&owner.organization, &expired.id).await;
    world.advance(WEEK);
    let owner = world.sign_in(&owner.email).await;
    let renewed = world.invite(&owner, MIA, "member").await.unwrap();
    assert_eq!(renewed.id, expired.id);
    assert_eq!(reason(world.accept_token(&old, PASSWORD).await), "LINK_DEAD");
    assert_eq!(
        world
            .accept(&owner.organization, &renewed.id, PASSWORD)
            .await
            .unwrap()
            .role,
        "member"
    );
    let events = world.events(&renewed.id, 3).await;
    assert_eq!(
        events.iter().map(|event| event.kind()).collect::<Vec<_>>(),
        ["member.invited", "member.invited", "member.joined"]
    );
}

#[tokio::test]
async fn a_withdrawn_invitation_is_dead() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "viewer").await.unwrap();
    let token = world.link_token(&owner.organization, &invited.id).await;
    let request = RemoveMemberRequest {
        organization: owner.organization.clone(),
        member: invited.id.clone(),
        ..Default::default()
    };
    world
        .members()
        .remove_member(owner.request(request))
        .await
        .unwrap();
    assert_eq!(reason(world.accept_token(&token, PASSWORD).await), "LINK_DEAD");
    assert_eq!(world.link_token(&owner.organization, &invited.id).await, "");
}

#[tokio::test]
async fn a_guessed_token_is_dead() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "viewer").await.unwrap();
    let token = world.link_token(&owner.organization, &invited.id).await;
    let mut last = token.clone();
    last.pop();
    for wrong in ["x", "é", &last, &token.to_uppercase(), &"A".repeat(256)] {
        assert_eq!(reason(look_up(&world, wrong).await), "LINK_DEAD", "{wrong}");
    }
    let long = look_up(&world, &"A".repeat(257)).await.unwrap_err();
    assert_eq!(long.code(), Code::InvalidArgument);
    assert_eq!(
        look_up(&world, "").await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[tokio::test]
async fn a_new_person_gives_a_name_and_a_long_password() {
    let (world, owner) = World::new().await;
    let invited = world.invite(&owner, MIA, "viewer").await.unwrap();
    let token = world.link_token(&owner.organization, &invited.id).await;
    for (field, display_name, password) in [("display_name", "", PASSWORD), ("password", "Mia", "short")] {
        let request = AcceptMemberInvitationRequest {
            email: String::new(),
            token: token.clone(),
            display_name: display_name.to_owned(),
            password: password.to_owned(),
        };
        let refused = world
            .members()
            .accept_member_invitation(request)
            .await
            .unwrap_err();
        let violation = refused.get_details_bad_request().unwrap().field_violations[0]
            .field
            .clone();
        assert_eq!(
            (refused.code(), violation.as_str()),
            (Code::InvalidArgument, field)
        );
    }
    look_up(&world, &token).await.unwrap();
}

#[tokio::test]
async fn who_has_an_account_shows_its_password() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let invited = world.invite(&alpina, &operator.email, "viewer").await.unwrap();
    let wrong = world
        .accept(&alpina.organization, &invited.id, "not the right password")
        .await;
    assert_eq!(wrong.as_ref().unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(reason(wrong), "CREDENTIALS_WRONG");
    let member = world
        .accept(&alpina.organization, &invited.id, PASSWORD)
        .await
        .unwrap();
    assert_eq!(member.user, operator.user);
}

#[tokio::test]
async fn the_token_is_for_services_and_for_the_right_organization() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    let invited = world.invite(&operator, MIA, "viewer").await.unwrap();
    let request = GetMemberInvitationTokenRequest {
        organization: operator.organization.clone(),
        member: invited.id.clone(),
    };
    let refused = world
        .members()
        .get_member_invitation_token(operator.request(request.clone()))
        .await;
    assert_eq!(reason(refused), "INTERNAL_ONLY");
    let other = GetMemberInvitationTokenRequest {
        organization: alpina.organization,
        ..request
    };
    assert_eq!(
        reason(
            world
                .members()
                .get_member_invitation_token(world.internal(other))
                .await
        ),
        "NOT_FOUND"
    );
}

/// The owner of the operator, invited by another organization, and the token of that link.
async fn invited_again() -> (World, Actor, String) {
    let (world, owner) = World::new().await;
    let alpina = world.found(&owner, OrganizationType::Partner, "Alpina").await;
    let invited = world.invite(&alpina, &owner.email, "viewer").await.unwrap();
    let token = world.link_token(&alpina.organization, &invited.id).await;
    (world, owner, token)
}

#[tokio::test]
async fn a_wrong_password_leaves_a_trace() {
    let (world, owner, token) = invited_again().await;
    let wrong = world.accept_token(&token, "not the right password").await;
    assert_eq!(reason(wrong), "CREDENTIALS_WRONG");
    assert_eq!(world.refusals(&owner.user).await, 1);
}

#[tokio::test]
async fn a_password_that_is_changed_meanwhile_lets_nobody_in() {
    let (world, owner, token) = invited_again().await;
    let passwords = Passwords::new(1, SystemRandom::shared()).unwrap();
    let new = passwords
        .choose(&"seven brown lanterns over Basel".into(), &[])
        .await;
    let mut admin = world.admin().await;
    let mut change = admin.begin().await.unwrap();
    sqlx::query("update identity.user_account set password_hash = $1 where email = $2")
        .bind(new.unwrap())
        .bind(&owner.email)
        .execute(&mut *change)
        .await
        .unwrap();

    let (accepted, ()) = tokio::join!(world.accept_token(&token, PASSWORD), async {
        until_it_waits(&world).await;
        change.commit().await.unwrap();
    });

    assert_eq!(reason(accepted), "CREDENTIALS_WRONG");
}

/// Until a transaction of identity waits for a row.
async fn until_it_waits(world: &World) {
    let mut admin = world.admin().await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    let waiting = "select exists (select from pg_stat_activity
                     where datname = current_database() and wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(waiting)
        .fetch_one(&mut admin)
        .await
        .unwrap()
    {
        assert!(tokio::time::Instant::now() < deadline, "nobody waits");
    }
}
