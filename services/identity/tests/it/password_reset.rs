//! Choosing a new password by a mailed link.

use std::time::Duration;

use entente_contracts::identity::v1::{
    ChangePasswordRequest, GetPasswordResetTokenRequest, LookUpPasswordResetRequest,
    LookUpPasswordResetResponse, RequestPasswordResetRequest, ResetPasswordRequest, SignInRequest,
};
use tonic::{Code, Request, Status};

use crate::support::{Actor, PASSWORD, World, reason};

const NEW: &str = "seven brown lanterns over Basel";
const MINUTE: Duration = Duration::from_secs(60);

async fn ask_from(world: &World, email: &str, address: &str) {
    let mut request = Request::new(RequestPasswordResetRequest {
        email: email.to_owned(),
    });
    let metadata = request.metadata_mut();
    metadata.insert("x-forwarded-for", address.parse().unwrap());
    world.accounts().request_password_reset(request).await.unwrap();
}

async fn ask(world: &World, email: &str) {
    ask_from(world, email, "192.0.2.1").await;
}

/// The token as the mail carries it; empty where there is none.
pub(crate) async fn token(world: &World, person: &Actor) -> String {
    let request = GetPasswordResetTokenRequest {
        user: person.user.clone(),
    };
    let answer = world
        .accounts()
        .get_password_reset_token(world.internal(request))
        .await;
    answer.unwrap().into_inner().token
}

async fn look_up(world: &World, token: &str) -> Result<LookUpPasswordResetResponse, Status> {
    let request = LookUpPasswordResetRequest {
        token: token.to_owned(),
    };
    Ok(world
        .accounts()
        .look_up_password_reset(request)
        .await?
        .into_inner())
}

pub(crate) async fn reset(world: &World, token: &str, new: &str) -> Result<(), Status> {
    let request = ResetPasswordRequest {
        token: token.to_owned(),
        new_password: new.to_owned(),
    };
    world.accounts().reset_password(request).await?;
    Ok(())
}

#[tokio::test]
async fn who_holds_the_link_chooses_a_new_password_and_every_session_ends() {
    let (world, owner) = World::new().await;
    ask(&world, "OLGA@operator.example ").await;
    let link = token(&world, &owner).await;
    let shown = look_up(&world, &link).await.unwrap();
    assert_eq!(shown.email, owner.email);
    assert_eq!(shown.expire_time.unwrap().seconds, world.now().as_second() + 3600);

    reset(&world, &link, NEW).await.unwrap();

    assert_eq!(reason(world.list_members(&owner).await), "SESSION_REVOKED");
    let old = world.try_sign_in(&owner.email, PASSWORD).await;
    assert_eq!(reason(old), "CREDENTIALS_WRONG");
    world.try_sign_in(&owner.email, NEW).await.unwrap();
    let events = world.events(&owner.user, 2).await;
    let kinds: Vec<_> = events.iter().map(|event| event.kind()).collect();
    assert_eq!(
        kinds,
        ["account.password_reset_requested", "account.password_changed"]
    );
    let actors: Vec<_> = events.iter().map(|event| event.header("ce_actor")).collect();
    assert_eq!(actors, ["anonymous", owner.user.as_str()]);
}

#[tokio::test]
async fn who_chose_a_new_password_somewhere_signs_in_there_though_others_guess() {
    let (world, owner) = World::new().await;
    let strange = "198.51.100.1";
    let sign_in = |address: &str, password: &str| {
        let mut request = Request::new(SignInRequest {
            email: owner.email.clone(),
            password: password.to_owned(),
            organization: String::new(),
        });
        let metadata = request.metadata_mut();
        metadata.insert("x-forwarded-for", address.parse().unwrap());
        let mut client = world.sessions();
        async move { client.sign_in(request).await }
    };
    for number in 0..50 {
        let guess = sign_in(&format!("192.0.2.{number}"), "not the right password").await;
        assert_eq!(reason(guess), "CREDENTIALS_WRONG");
    }
    assert_eq!(reason(sign_in(strange, PASSWORD).await), "TOO_MANY_ATTEMPTS");
    ask(&world, &owner.email).await;
    let mut request = Request::new(ResetPasswordRequest {
        token: token(&world, &owner).await,
        new_password: NEW.to_owned(),
    });
    let metadata = request.metadata_mut();
    metadata.insert("x-forwarded-for", strange.parse().unwrap());

    world.accounts().reset_password(request).await.unwrap();

    sign_in(strange, NEW).await.unwrap();
    assert_eq!(reason(sign_in("198.51.100.2", NEW).await), "TOO_MANY_ATTEMPTS");
}

#[tokio::test]
async fn a_link_works_once() {
    let (world, owner) = World::new().await;
    ask(&world, &owner.email).await;
    let link = token(&world, &owner).await;
    reset(&world, &link, NEW).await.unwrap();
    assert_eq!(reason(reset(&world, &link, PASSWORD).await), "LINK_DEAD");
    assert_eq!(reason(look_up(&world, &link).await), "LINK_DEAD");
    assert_eq!(token(&world, &owner).await, "");
}

#[tokio::test]
async fn a_link_works_for_an_hour() {
    let (world, owner) = World::new().await;
    ask(&world, &owner.email).await;
    let link = token(&world, &owner).await;
    world.advance(60 * MINUTE - Duration::from_secs(1));
    look_up(&world, &link).await.unwrap();
    world.advance(Duration::from_secs(1));
    assert_eq!(reason(reset(&world, &link, NEW).await), "LINK_DEAD");
    assert_eq!(token(&world, &owner).await, "");
}

#[tokio::test]
async fn a_newer_link_kills_the_one_before_but_not_at_once() {
    let (world, owner) = World::new().await;
    ask(&world, &owner.email).await;
    let first = token(&world, &owner).await;
    world.advance(29 * MINUTE);
    ask(&world, &owner.email).await;
    assert_eq!(token(&world, &owner).await, first);
    world.advance(MINUTE);
    ask(&world, &owner.email).await;
    assert_ne!(token(&world, &owner).await, first);
    assert_eq!(reason(look_up(&world, &first).await), "LINK_DEAD");
}

#[tokio::test]
async fn a_changed_password_calls_the_link_off() {
    let (world, owner) = World::new().await;
    ask(&world, &owner.email).await;
    let link = token(&world, &owner).await;
    let change = ChangePasswordRequest {
        password: PASSWORD.to_owned(),
        new_password: NEW.to_owned(),
    };
    world
        .accounts()
        .change_password(owner.request(change))
        .await
        .unwrap();
    assert_eq!(reason(reset(&world, &link, PASSWORD).await), "LINK_DEAD");
}

#[tokio::test]
async fn an_address_that_nobody_has_gets_the_same_answer_and_leaves_the_same_trace() {
    let (world, owner) = World::new().await;
    ask(&world, "nobody@operator.example").await;
    ask(&world, &owner.email).await;
    world.events(&owner.user, 1).await;
    let refused: i64 = sqlx::query_scalar(
        "select (select count(*) from identity.outbox where headers::text like '%password_reset_refused%')
              + (select count(*) from identity_test_log.record where headers::text like '%password_reset_refused%')",
    )
    .fetch_one(&mut world.admin().await)
    .await
    .unwrap();
    assert_eq!(refused, 1);
}

#[tokio::test]
async fn who_asks_without_end_gets_the_same_answer_and_no_more_mails() {
    let (world, owner) = World::new().await;
    for number in 0..7 {
        ask_from(&world, &owner.email, &format!("192.0.2.{number}")).await;
    }
    assert_eq!(announced(&world, &owner).await, 5);
    world.advance(12 * MINUTE);
    ask(&world, &owner.email).await;
    assert_eq!(announced(&world, &owner).await, 6);
}

#[tokio::test]
async fn one_place_has_no_mails_sent_to_everybody() {
    let (world, owner) = World::new().await;
    for number in 0..20 {
        ask(&world, &format!("person-{number}@operator.example")).await;
    }
    ask(&world, &owner.email).await;
    assert_eq!(announced(&world, &owner).await, 0);
    ask_from(&world, &owner.email, "192.0.2.2").await;
    assert_eq!(announced(&world, &owner).await, 1);
}

/// How often the person was announced to have asked.
async fn announced(world: &World, person: &Actor) -> i64 {
    let user: entente_ids::UserId = person.user.parse().unwrap();
    sqlx::query_scalar("select coalesce(max(seq), 0) from identity.aggregate_sequence where key = $1")
        .bind(user.to_string())
        .fetch_one(&mut world.admin().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_password_that_is_easy_to_guess_leaves_the_link_alive() {
    let (world, owner) = World::new().await;
    ask(&world, &owner.email).await;
    let link = token(&world, &owner).await;
    assert_eq!(
        reason(reset(&world, &link, "Password123456").await),
        "INVALID_FIELD"
    );
    reset(&world, &link, NEW).await.unwrap();
}

#[tokio::test]
async fn what_is_no_link_of_this_kind_is_dead() {
    let (world, owner) = World::new().await;
    let invited = world
        .invite(&owner, "eva@operator.example", "member")
        .await
        .unwrap();
    let invitation = world.link_token(&owner.organization, &invited.id).await;
    for wrong in ["x", &invitation, &owner.token[..200]] {
        assert_eq!(reason(reset(&world, wrong, NEW).await), "LINK_DEAD", "{wrong}");
        assert_eq!(reason(look_up(&world, wrong).await), "LINK_DEAD", "{wrong}");
    }
}

#[tokio::test]
async fn nobody_but_a_service_gets_a_token() {
    let (world, owner) = World::new().await;
    ask(&world, &owner.email).await;
    let request = GetPasswordResetTokenRequest {
        user: owner.user.clone(),
    };
    let refused = world
        .accounts()
        .get_password_reset_token(owner.request(request))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn no_token_stands_in_the_database_or_in_an_event() {
    let (world, owner) = World::new().await;
    ask(&world, &owner.email).await;
    let link = token(&world, &owner).await;
    world.events(&owner.user, 1).await;
    let stored: i64 = sqlx::query_scalar(
        "select (select count(*) from identity.account_link link where position($1 in link::text) > 0)
              + (select count(*) from identity_test_log.record
                 where position(convert_to($1, 'UTF8') in payload) > 0 or position($1 in headers::text) > 0)",
    )
    .bind(&link)
    .fetch_one(&mut world.admin().await)
    .await
    .unwrap();
    assert_eq!(stored, 0);
}
