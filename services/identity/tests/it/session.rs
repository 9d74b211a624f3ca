//! Signing in and out, and the tokens of it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entente_contracts::identity::v1::{
    GetCurrentSessionRequest, GetKeySetRequest, OrganizationType, ReauthenticateRequest,
    RefreshSessionRequest, Session, SignInRequest, SignOutRequest, SwitchOrganizationRequest, Tokens,
};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::support::{Actor, PASSWORD, World, reason, with_token};

const MINUTE: Duration = Duration::from_secs(60);

async fn current(world: &World, token: &str) -> Result<Session, Status> {
    let answer = world
        .sessions()
        .get_current_session(with_token(token, GetCurrentSessionRequest {}))
        .await?;
    Ok(answer.into_inner().session.unwrap())
}

async fn refresh(world: &World, token: &str) -> Result<Tokens, Status> {
    let request = RefreshSessionRequest {
        refresh_token: token.to_owned(),
    };
    Ok(world
        .sessions()
        .refresh_session(request)
        .await?
        .into_inner()
        .tokens
        .unwrap())
}

pub(crate) async fn switch(world: &World, by: &Actor, organization: &str) -> Result<Tokens, Status> {
    let request = SwitchOrganizationRequest {
        organization: organization.to_owned(),
    };
    Ok(world
        .sessions()
        .switch_organization(by.request(request))
        .await?
        .into_inner()
        .tokens
        .unwrap())
}

#[tokio::test]
async fn a_session_knows_the_person_and_their_places() {
    let (world, owner) = World::new().await;
    let session = current(&world, &owner.token).await.unwrap();
    assert_eq!(
        (session.id.as_str(), session.user.as_str()),
        (owner.session.as_str(), owner.user.as_str())
    );
    assert_eq!(session.email, "olga@operator.example");
    assert_eq!(session.memberships.len(), 1);
    assert_eq!(session.memberships[0].organization_name, "Operator");
    let events = world.events(&owner.session, 1).await;
    assert_eq!(
        (events[0].kind(), events[0].header("ce_actor")),
        ("session.opened", owner.user.as_str())
    );
}

#[tokio::test]
async fn whatever_is_wrong_with_a_sign_in_the_answer_is_the_same() {
    let (world, owner) = World::new().await;
    let alpina = world.found(&owner, OrganizationType::Partner, "Alpina").await;
    let wrong = world
        .try_sign_in(&owner.email, "not the right password")
        .await
        .unwrap_err();
    let unknown = world
        .try_sign_in("nobody@operator.example", PASSWORD)
        .await
        .unwrap_err();
    let request = SignInRequest {
        email: owner.email.clone(),
        password: PASSWORD.to_owned(),
        organization: alpina.organization,
    };
    let elsewhere = world.sessions().sign_in(request).await.unwrap_err();
    for refused in [&wrong, &unknown, &elsewhere] {
        assert_eq!(refused.code(), Code::Unauthenticated);
        assert_eq!(
            (refused.message(), refused.details()),
            (wrong.message(), wrong.details())
        );
    }
    assert_eq!(reason(Err::<(), _>(wrong)), "CREDENTIALS_WRONG");
}

#[tokio::test]
async fn a_refused_sign_in_leaves_a_trace() {
    let (world, owner) = World::new().await;
    world
        .try_sign_in(&owner.email, "not the right password")
        .await
        .unwrap_err();
    let refused: i64 = sqlx::query_scalar(
        "select (select count(*) from identity.outbox where headers::text like '%session.refused%')
              + (select count(*) from identity_test_log.record where headers::text like '%session.refused%')",
    )
    .fetch_one(&mut world.admin().await)
    .await
    .unwrap();
    assert!(refused >= 1);
}

#[tokio::test]
async fn who_fails_ten_times_waits_and_then_gets_in() {
    let (world, owner) = World::new().await;
    for _ in 0..10 {
        assert_eq!(
            reason(world.try_sign_in(&owner.email, "not the right password").await),
            "CREDENTIALS_WRONG"
        );
    }
    let slowed = world.try_sign_in(&owner.email, PASSWORD).await.unwrap_err();
    assert_eq!(slowed.code(), Code::ResourceExhausted);
    let delay = slowed.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert_eq!(delay, Duration::from_secs(1));

    let mut elsewhere = Request::new(SignInRequest {
        email: owner.email.clone(),
        password: PASSWORD.to_owned(),
        organization: String::new(),
    });
    elsewhere
        .metadata_mut()
        .insert("x-forwarded-for", "192.0.2.1".parse().unwrap());
    world.sessions().sign_in(elsewhere).await.unwrap();

    world.advance(delay);
    world.sign_in(&owner.email).await;
}

#[tokio::test]
async fn an_access_token_is_good_for_five_minutes_to_the_second() {
    let (world, owner) = World::new().await;
    world.advance(5 * MINUTE - Duration::from_secs(1));
    current(&world, &owner.token).await.unwrap();
    world.advance(Duration::from_secs(1));
    assert_eq!(reason(current(&world, &owner.token).await), "TOKEN_EXPIRED");
}

#[tokio::test]
async fn a_garbled_token_is_refused() {
    let (world, owner) = World::new().await;
    for token in ["x", "a.b.c", &format!("{}x", owner.token)] {
        let refused = current(&world, token).await;
        assert_eq!(refused.as_ref().unwrap_err().code(), Code::Unauthenticated);
        assert_eq!(reason(refused), "TOKEN_INVALID");
    }
    let without = world
        .sessions()
        .get_current_session(GetCurrentSessionRequest {})
        .await;
    assert_eq!(reason(without), "TOKEN_MISSING");
}

#[tokio::test]
async fn a_refresh_gives_a_new_pair_of_the_same_session() {
    let (world, owner) = World::new().await;
    world.advance(60 * MINUTE);
    let tokens = refresh(&world, &owner.refresh).await.unwrap();
    assert_eq!(tokens.expires_in, 300);
    assert_ne!(tokens.refresh_token, owner.refresh);
    let session = current(&world, &tokens.access_token).await.unwrap();
    assert_eq!(session.id, owner.session);
    assert_eq!(session.auth_time.unwrap().seconds, world.now().as_second() - 3600);
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_again_for_ten_seconds() {
    let (world, owner) = World::new().await;
    let lost = refresh(&world, &owner.refresh).await.unwrap();
    world.advance(Duration::from_secs(10));
    let again = refresh(&world, &owner.refresh).await.unwrap();
    assert_ne!(again.refresh_token, lost.refresh_token);
    refresh(&world, &again.refresh_token).await.unwrap();
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_ends_the_session() {
    let (world, owner) = World::new().await;
    let next = refresh(&world, &owner.refresh).await.unwrap();
    world.advance(Duration::from_secs(11));
    assert_eq!(reason(refresh(&world, &owner.refresh).await), "SESSION_REVOKED");
    assert_eq!(
        reason(refresh(&world, &next.refresh_token).await),
        "SESSION_REVOKED"
    );
    assert_eq!(
        reason(current(&world, &next.access_token).await),
        "SESSION_REVOKED"
    );
    assert_eq!(world.events(&owner.session, 2).await[1].kind(), "session.closed");
}

#[tokio::test]
async fn an_answer_that_was_used_is_not_given_again() {
    let (world, owner) = World::new().await;
    let next = refresh(&world, &owner.refresh).await.unwrap();
    refresh(&world, &next.refresh_token).await.unwrap();
    assert_eq!(reason(refresh(&world, &owner.refresh).await), "SESSION_REVOKED");
}

#[tokio::test]
async fn of_two_answers_to_one_token_both_belong_to_one_generation() {
    let (world, owner) = World::new().await;
    let (one, other) = tokio::join!(refresh(&world, &owner.refresh), refresh(&world, &owner.refresh));
    let (one, other) = (one.unwrap(), other.unwrap());
    refresh(&world, &one.refresh_token).await.unwrap();
    world.advance(Duration::from_secs(11));
    assert_eq!(
        reason(refresh(&world, &other.refresh_token).await),
        "SESSION_REVOKED"
    );
}

#[tokio::test]
async fn a_refresh_token_that_nobody_used_for_two_weeks_has_expired() {
    let (world, owner) = World::new().await;
    world.advance(14 * 24 * 60 * MINUTE);
    assert_eq!(reason(refresh(&world, &owner.refresh).await), "TOKEN_EXPIRED");
}

#[tokio::test]
async fn an_unknown_refresh_token_is_refused() {
    let (world, owner) = World::new().await;
    for token in ["x", &"A".repeat(43), &owner.token[..200]] {
        assert_eq!(reason(refresh(&world, token).await), "TOKEN_INVALID");
    }
    assert_eq!(
        refresh(&world, "").await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[tokio::test]
async fn after_signing_out_every_token_is_dead_when_the_answer_comes() {
    let (world, owner) = World::new().await;
    let other = world.sign_in(&owner.email).await;
    world
        .sessions()
        .sign_out(owner.request(SignOutRequest {}))
        .await
        .unwrap();
    assert_eq!(reason(current(&world, &owner.token).await), "SESSION_REVOKED");
    assert_eq!(reason(refresh(&world, &owner.refresh).await), "SESSION_REVOKED");
    assert_eq!(reason(world.list_members(&owner).await), "SESSION_REVOKED");
    current(&world, &other.token).await.unwrap();
    assert_eq!(world.events(&owner.session, 2).await[1].kind(), "session.closed");
}

#[tokio::test]
async fn a_person_acts_in_one_organization_at_a_time() {
    let (world, operator) = World::new().await;
    let alpina = world.found(&operator, OrganizationType::Partner, "Alpina").await;
    assert_eq!(
        reason(switch(&world, &operator, &alpina.organization).await),
        "NOT_FOUND"
    );
    let invited = world.invite(&alpina, &operator.email, "viewer").await.unwrap();
    world
        .accept(&alpina.organization, &invited.id, PASSWORD)
        .await
        .unwrap();

    let tokens = switch(&world, &operator, &alpina.organization).await.unwrap();
    assert_eq!(tokens.refresh_token, "");
    let there = Actor {
        token: tokens.access_token,
        organization: alpina.organization.clone(),
        ..operator.clone()
    };
    world.list_members(&there).await.unwrap();
    let back = Actor {
        organization: operator.organization.clone(),
        ..there.clone()
    };
    assert_eq!(reason(world.list_members(&back).await), "NOT_FOUND");
    let refreshed = refresh(&world, &operator.refresh).await.unwrap();
    let session = current(&world, &refreshed.access_token).await.unwrap();
    assert_eq!(session.organization, alpina.organization);
    assert_eq!(session.memberships.len(), 2);
}

#[tokio::test]
async fn a_password_shown_again_renews_the_proof() {
    let (world, owner) = World::new().await;
    world.advance(4 * MINUTE);
    let reauthenticate = |password: &str| {
        let request = owner.request(ReauthenticateRequest {
            password: password.to_owned(),
            code: String::new(),
        });
        let mut client = world.sessions();
        async move { client.reauthenticate(request).await }
    };
    assert_eq!(
        reason(reauthenticate("not the right password").await),
        "CREDENTIALS_WRONG"
    );
    let tokens = reauthenticate(PASSWORD)
        .await
        .unwrap()
        .into_inner()
        .tokens
        .unwrap();
    let session = current(&world, &tokens.access_token).await.unwrap();
    assert_eq!(session.auth_time.unwrap().seconds, world.now().as_second());
    assert_eq!(tokens.refresh_token, "");
}

#[tokio::test]
async fn the_published_keys_are_those_that_sign() {
    let (world, owner) = World::new().await;
    let keys = world
        .sessions()
        .get_key_set(GetKeySetRequest {})
        .await
        .unwrap()
        .into_inner()
        .keys;
    let key = &keys[0];
    assert_eq!(
        (key.kty.as_str(), key.crv.as_str(), key.alg.as_str()),
        ("OKP", "Ed25519", "EdDSA")
    );
    let header = URL_SAFE_NO_PAD
        .decode(owner.token.split('.').next().unwrap())
        .unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header["kid"], key.kid.as_str());
}

#[tokio::test]
async fn no_secret_is_stored_as_it_is() {
    let (world, owner) = World::new().await;
    let stored: String = sqlx::query_scalar(
        "select string_agg(t, '') from (
           select row_to_json(refresh_token)::text from identity.refresh_token
           union all select row_to_json(user_account)::text from identity.user_account
           union all select row_to_json(session)::text from identity.session
         ) as stored (t)",
    )
    .fetch_one(&mut world.admin().await)
    .await
    .unwrap();
    assert!(!stored.contains(&owner.refresh) && !stored.contains(PASSWORD));
    assert!(stored.contains("$argon2id$"));
}

#[tokio::test]
async fn many_places_that_guess_lock_nobody_out_where_they_have_been() {
    let (world, owner) = World::new().await;
    let from = |address: &str, password: &str| {
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
        let guess = from(&format!("192.0.2.{number}"), "not the right password").await;
        assert_eq!(reason(guess), "CREDENTIALS_WRONG");
    }
    assert_eq!(reason(from("198.51.100.1", PASSWORD).await), "TOO_MANY_ATTEMPTS");
    world.sign_in(&owner.email).await;

    world.advance(Duration::from_secs(72));
    from("198.51.100.1", PASSWORD).await.unwrap();
}
