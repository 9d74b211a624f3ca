//! Taking another address.

use std::time::Duration;

use entente_contracts::identity::v1::{
    ChangePasswordRequest, ConfirmEmailChangeRequest, GetEmailChangeTokenRequest,
    GetEmailChangeTokenResponse, GetPasswordResetTokenRequest, LookUpEmailChangeRequest, OrganizationType,
    RequestEmailChangeRequest, RequestPasswordResetRequest,
};
use tonic::Status;

use crate::support::{Actor, PASSWORD, World, reason};

const NEW: &str = "olga@berg.example";
const MINUTE: Duration = Duration::from_secs(60);

fn to(email: &str) -> RequestEmailChangeRequest {
    RequestEmailChangeRequest {
        email: email.to_owned(),
        request_id: String::new(),
    }
}

async fn ask(world: &World, by: &Actor, request: RequestEmailChangeRequest) -> Result<(), Status> {
    world.accounts().request_email_change(by.request(request)).await?;
    Ok(())
}

async fn link(world: &World, person: &Actor) -> GetEmailChangeTokenResponse {
    let request = GetEmailChangeTokenRequest {
        user: person.user.clone(),
    };
    let answer = world
        .accounts()
        .get_email_change_token(world.internal(request))
        .await;
    answer.unwrap().into_inner()
}

/// The token of a change that was just asked for.
async fn asked(world: &World, by: &Actor, email: &str) -> String {
    ask(world, by, to(email)).await.unwrap();
    link(world, by).await.token
}

async fn confirm(world: &World, token: &str) -> Result<String, Status> {
    let request = ConfirmEmailChangeRequest {
        token: token.to_owned(),
    };
    let answer = world.accounts().confirm_email_change(request).await?;
    Ok(answer.into_inner().email)
}

async fn look_up(world: &World, token: &str) -> Result<String, Status> {
    let request = LookUpEmailChangeRequest {
        token: token.to_owned(),
    };
    Ok(world
        .accounts()
        .look_up_email_change(request)
        .await?
        .into_inner()
        .new_email)
}

#[tokio::test]
async fn who_holds_the_link_signs_in_by_the_new_address() {
    let (world, owner) = World::new().await;
    ask(&world, &owner, to("Olga@Berg.example")).await.unwrap();
    let link = link(&world, &owner).await;
    assert_eq!(link.new_email, NEW);
    assert_eq!(link.expire_time.unwrap().seconds, world.now().as_second() + 3600);
    assert_eq!(look_up(&world, &link.token).await.unwrap(), NEW);
    world.try_sign_in(&owner.email, PASSWORD).await.unwrap();

    assert_eq!(confirm(&world, &link.token).await.unwrap(), NEW);

    let old = world.try_sign_in(&owner.email, PASSWORD).await;
    assert_eq!(reason(old), "CREDENTIALS_WRONG");
    assert_eq!(world.sign_in(NEW).await.user, owner.user);
    world.list_members(&owner).await.unwrap();
}

#[tokio::test]
async fn a_person_has_the_new_address_in_all_of_their_organizations() {
    let (world, owner) = World::new().await;
    let alpina = world.found(&owner, OrganizationType::Partner, "Alpina").await;
    let invited = world.invite(&alpina, &owner.email, "viewer").await.unwrap();
    world
        .accept(&alpina.organization, &invited.id, PASSWORD)
        .await
        .unwrap();
    let token = asked(&world, &owner, NEW).await;
    confirm(&world, &token).await.unwrap();

    let at_home = world.list_members(&owner).await.unwrap();
    assert_eq!(at_home[0].email, NEW);
    let there = world.list_members(&alpina).await.unwrap();
    assert_eq!(there.iter().filter(|member| member.email == NEW).count(), 1);
    let changes = r#"[{"field":"email","before":"olga@operator.example","after":"olga@berg.example"}]"#;
    // Each of the two organizations hears of it by an event of its own, and so of the request before.
    let account = world.events(&owner.user, 4).await;
    for told in &account[2..] {
        assert_eq!(
            (told.kind(), told.header("ce_changes")),
            ("account.email_changed", changes)
        );
    }
    let member = world.events(&invited.id, 3).await;
    assert_eq!(
        (member[2].kind(), member[2].header("ce_changes")),
        ("member.updated", changes)
    );
}

#[tokio::test]
async fn an_invitation_of_the_new_address_to_where_the_person_is_becomes_pointless() {
    let (world, owner) = World::new().await;
    let pending = world.invite(&owner, NEW, "viewer").await.unwrap();
    let token = asked(&world, &owner, NEW).await;
    confirm(&world, &token).await.unwrap();
    let members = world.list_members(&owner).await.unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(world.events(&pending.id, 2).await[1].kind(), "member.removed");
}

#[tokio::test]
async fn somebody_elses_address_gets_the_same_answer_and_no_link() {
    let (world, owner) = World::new().await;
    let eva = world.join(&owner, "eva@operator.example", "member").await;
    assert_eq!(asked(&world, &owner, &eva.email).await, "");
    let event = &world.events(&owner.user, 1).await[0];
    assert_eq!(event.kind(), "account.email_change_requested");
}

#[tokio::test]
async fn an_address_that_somebody_took_meanwhile_is_lost() {
    let (world, owner) = World::new().await;
    let token = asked(&world, &owner, NEW).await;
    world.join(&owner, NEW, "member").await;
    assert_eq!(reason(confirm(&world, &token).await), "LINK_DEAD");
    assert_eq!(world.sign_in(&owner.email).await.user, owner.user);
}

#[tokio::test]
async fn a_link_works_once_and_for_an_hour() {
    let (world, owner) = World::new().await;
    let first = asked(&world, &owner, NEW).await;
    confirm(&world, &first).await.unwrap();
    assert_eq!(reason(confirm(&world, &first).await), "LINK_DEAD");

    let owner = world.sign_in(NEW).await;
    let second = asked(&world, &owner, "olga@stern.example").await;
    world.advance(60 * MINUTE);
    assert_eq!(reason(look_up(&world, &second).await), "LINK_DEAD");
    assert_eq!(reason(confirm(&world, &second).await), "LINK_DEAD");
    for wrong in ["x", &owner.token[..200]] {
        assert_eq!(reason(confirm(&world, wrong).await), "LINK_DEAD", "{wrong}");
    }
}

#[tokio::test]
async fn another_wish_kills_the_link_before() {
    let (world, owner) = World::new().await;
    let first = asked(&world, &owner, NEW).await;
    let second = asked(&world, &owner, "olga@stern.example").await;
    assert_eq!(reason(confirm(&world, &first).await), "LINK_DEAD");
    assert_eq!(confirm(&world, &second).await.unwrap(), "olga@stern.example");
}

#[tokio::test]
async fn a_changed_password_calls_the_change_off() {
    let (world, owner) = World::new().await;
    let token = asked(&world, &owner, NEW).await;
    let change = ChangePasswordRequest {
        password: PASSWORD.to_owned(),
        new_password: "seven brown lanterns over Basel".to_owned(),
    };
    world
        .accounts()
        .change_password(owner.request(change))
        .await
        .unwrap();
    assert_eq!(reason(confirm(&world, &token).await), "LINK_DEAD");
}

#[tokio::test]
async fn links_that_went_to_the_old_address_are_dead() {
    let (world, owner) = World::new().await;
    let reset = RequestPasswordResetRequest {
        email: owner.email.clone(),
    };
    world.accounts().request_password_reset(reset).await.unwrap();
    let token = asked(&world, &owner, NEW).await;
    confirm(&world, &token).await.unwrap();
    let request = GetPasswordResetTokenRequest {
        user: owner.user.clone(),
    };
    let answer = world
        .accounts()
        .get_password_reset_token(world.internal(request))
        .await;
    assert_eq!(answer.unwrap().into_inner().token, "");
}

#[tokio::test]
async fn who_has_not_shown_the_password_of_late_changes_no_address() {
    let (world, owner) = World::new().await;
    world.advance(4 * MINUTE);
    let tokens = refreshed(&world, &owner).await;
    world.advance(2 * MINUTE);
    assert_eq!(
        reason(ask(&world, &tokens, to(NEW)).await),
        "REAUTHENTICATION_REQUIRED"
    );
}

/// The same person with a newer token, whose proof is as old as it was.
pub(crate) async fn refreshed(world: &World, owner: &Actor) -> Actor {
    let request = entente_contracts::identity::v1::RefreshSessionRequest {
        refresh_token: owner.refresh.clone(),
    };
    let answer = world.sessions().refresh_session(request).await.unwrap();
    Actor {
        token: answer.into_inner().tokens.unwrap().access_token,
        ..owner.clone()
    }
}

#[tokio::test]
async fn what_is_no_new_address_is_refused() {
    let (world, owner) = World::new().await;
    for wrong in ["OLGA@operator.example", "olga", "\u{43e}lga@operator.example", ""] {
        assert_eq!(
            reason(ask(&world, &owner, to(wrong)).await),
            "INVALID_FIELD",
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn the_same_request_is_announced_once() {
    let (world, owner) = World::new().await;
    for _ in 0..2 {
        let request = RequestEmailChangeRequest {
            request_id: "r-1".to_owned(),
            ..to(NEW)
        };
        ask(&world, &owner, request).await.unwrap();
    }
    assert_eq!(world.events(&owner.user, 1).await.len(), 1);
}

#[tokio::test]
async fn nobody_has_mails_sent_to_others_without_end() {
    let (world, owner) = World::new().await;
    for number in 0..5 {
        let email = format!("person-{number}@berg.example");
        ask(&world, &owner, to(&email)).await.unwrap();
    }
    assert_eq!(reason(ask(&world, &owner, to(NEW)).await), "TOO_MANY_MAILS");
}
