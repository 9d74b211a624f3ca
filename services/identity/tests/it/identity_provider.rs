//! Signing in with a real OpenID Connect provider.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use entente_contracts::identity::v1::{
    BeginProviderSignInRequest, BeginProviderSignInResponse, CompleteProviderSignInRequest,
    CompleteProviderSignInResponse, EnrollTotpRequest, OrganizationType,
};
use entente_identity::config::ProviderConfig;
use tokio::net::TcpListener;
use tonic::{Code, Status};

use crate::provider::{Provider, REDIRECT, Return, Who};
use crate::support::{Actor, World, reason};

pub(crate) const OLGA: Who<'static> = Who {
    sub: "olga-at-the-provider",
    email: "olga@operator.example",
    verified: true,
    amr: "pwd",
    ago: 0,
};

pub(crate) async fn start() -> (World, Actor, Provider) {
    let provider = Provider::start().await;
    let (world, owner) = World::with_provider(provider.config()).await;
    (world, owner, provider)
}

async fn begin(world: &World) -> Result<BeginProviderSignInResponse, Status> {
    let answer = world
        .identity_provider()
        .begin_provider_sign_in(BeginProviderSignInRequest {})
        .await?;
    Ok(answer.into_inner())
}

async fn complete(
    world: &World,
    provider: &Provider,
    flow: &str,
    came: &Return,
) -> Result<CompleteProviderSignInResponse, Status> {
    complete_after(world, provider, Duration::ZERO, flow, came).await
}

/// Completes with a clock that is that far ahead of the provider's.
async fn complete_after(
    world: &World,
    provider: &Provider,
    ahead: Duration,
    flow: &str,
    came: &Return,
) -> Result<CompleteProviderSignInResponse, Status> {
    world.clock.set(provider.now().await);
    world.advance(ahead);
    let request = CompleteProviderSignInRequest {
        flow: flow.to_owned(),
        state: came.state.clone(),
        code: came.code.clone(),
        organization: String::new(),
    };
    let answer = world
        .identity_provider()
        .complete_provider_sign_in(request)
        .await?;
    Ok(answer.into_inner())
}

/// The whole way.
pub(crate) async fn sign_in(
    world: &World,
    provider: &Provider,
    who: &Who<'_>,
) -> Result<CompleteProviderSignInResponse, Status> {
    world.clock.set(provider.now().await);
    let begun = begin(world).await?;
    let came = provider.visit(&begun.authorization_url, who).await;
    complete(world, provider, &begun.flow, &came).await
}

#[tokio::test]
async fn who_has_joined_signs_in_with_the_provider() {
    let (world, owner, provider) = start().await;

    let answer = sign_in(&world, &provider, &OLGA).await.unwrap();

    let session = answer.session.unwrap();
    assert_eq!(
        (session.user, session.organization, session.second_factor),
        (owner.user.clone(), owner.organization, false)
    );
    assert!(!answer.tokens.unwrap().refresh_token.is_empty());
    let events = world.events(&owner.user, 1).await;
    assert_eq!(events[0].kind(), "identity_provider.linked");
}

#[tokio::test]
async fn a_second_factor_that_the_provider_has_seen_counts() {
    let (world, _, provider) = start().await;
    for amr in ["otp", "mfa"] {
        let answer = sign_in(&world, &provider, &Who { amr, ..OLGA }).await.unwrap();
        assert!(answer.session.unwrap().second_factor, "{amr}");
    }
}

#[tokio::test]
async fn a_sign_in_proves_no_more_than_the_one_at_the_provider_did() {
    let (world, owner, provider) = start().await;
    let hour = Who { ago: 3600, ..OLGA };

    let answer = sign_in(&world, &provider, &hour).await.unwrap();

    let proved = answer.session.unwrap().auth_time.unwrap().seconds;
    let ago = world.now().as_second() - proved;
    assert!((3600..3700).contains(&ago), "{ago}");
    let person = Actor {
        token: answer.tokens.unwrap().access_token,
        ..owner
    };
    let enrolled = world
        .second_factors()
        .enroll_totp(person.request(EnrollTotpRequest {}))
        .await;
    assert_eq!(reason(enrolled), "REAUTHENTICATION_REQUIRED");
}

#[tokio::test]
async fn an_address_that_the_provider_has_not_verified_opens_nothing() {
    let (world, _, provider) = start().await;
    let unverified = Who {
        verified: false,
        ..OLGA
    };
    assert_eq!(
        reason(sign_in(&world, &provider, &unverified).await),
        "PROVIDER_SIGN_IN_REFUSED"
    );
}

#[tokio::test]
async fn whoever_is_not_here_or_only_invited_is_refused_alike() {
    let (world, owner, provider) = start().await;
    world
        .invite(&owner, "ivo@operator.example", "member")
        .await
        .unwrap();
    for email in ["nobody@operator.example", "ivo@operator.example"] {
        let stranger = Who {
            sub: email,
            email,
            ..OLGA
        };
        assert_eq!(
            reason(sign_in(&world, &provider, &stranger).await),
            "PROVIDER_SIGN_IN_REFUSED",
            "{email}"
        );
    }
}

#[tokio::test]
async fn the_first_to_be_linked_stays_whatever_addresses_the_provider_gives_later() {
    let (world, owner, provider) = start().await;
    sign_in(&world, &provider, &OLGA).await.unwrap();

    let moved = Who {
        email: "olga@elsewhere.example",
        verified: false,
        ..OLGA
    };
    let answer = sign_in(&world, &provider, &moved).await.unwrap();
    assert_eq!(answer.session.unwrap().user, owner.user);

    let heir = Who {
        sub: "somebody-else-with-her-address",
        ..OLGA
    };
    assert_eq!(
        reason(sign_in(&world, &provider, &heir).await),
        "PROVIDER_SIGN_IN_REFUSED"
    );
}

#[tokio::test]
async fn a_sign_in_acts_where_it_asks_to_and_nowhere_foreign() {
    let (world, owner, provider) = start().await;
    let alpina = world.found(&owner, OrganizationType::Partner, "Alpina").await;
    world.clock.set(provider.now().await);
    let begun = begin(&world).await.unwrap();
    let came = provider.visit(&begun.authorization_url, &OLGA).await;
    world.clock.set(provider.now().await);
    let request = CompleteProviderSignInRequest {
        flow: begun.flow,
        state: came.state,
        code: came.code,
        organization: alpina.organization,
    };
    let answer = world.identity_provider().complete_provider_sign_in(request).await;
    assert_eq!(reason(answer), "PROVIDER_SIGN_IN_REFUSED");
}

#[tokio::test]
async fn a_sign_in_is_completed_once() {
    let (world, _, provider) = start().await;
    world.clock.set(provider.now().await);
    let begun = begin(&world).await.unwrap();
    let came = provider.visit(&begun.authorization_url, &OLGA).await;
    complete(&world, &provider, &begun.flow, &came).await.unwrap();

    let replayed = complete(&world, &provider, &begun.flow, &came).await;
    assert_eq!(replayed.as_ref().unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(reason(replayed), "PROVIDER_SIGN_IN_DEAD");
    // Not even with another code of the provider for the same flow.
    let again = provider.visit(&begun.authorization_url, &OLGA).await;
    assert_eq!(
        reason(complete(&world, &provider, &begun.flow, &again).await),
        "PROVIDER_SIGN_IN_DEAD"
    );
}

#[tokio::test]
async fn a_state_of_another_flow_gets_nowhere() {
    let (world, _, provider) = start().await;
    world.clock.set(provider.now().await);
    let (own, other) = (begin(&world).await.unwrap(), begin(&world).await.unwrap());
    let came = provider.visit(&other.authorization_url, &OLGA).await;
    assert_eq!(
        reason(complete(&world, &provider, &own.flow, &came).await),
        "PROVIDER_SIGN_IN_DEAD"
    );
}

#[tokio::test]
async fn a_code_of_another_flow_gets_nowhere() {
    let (world, _, provider) = start().await;
    world.clock.set(provider.now().await);
    let (own, other) = (begin(&world).await.unwrap(), begin(&world).await.unwrap());
    let came = provider.visit(&own.authorization_url, &OLGA).await;
    let stolen = provider.visit(&other.authorization_url, &OLGA).await;
    let mixed = Return {
        code: stolen.code,
        ..came
    };
    assert_eq!(
        reason(complete(&world, &provider, &own.flow, &mixed).await),
        "PROVIDER_SIGN_IN_DEAD"
    );
}

#[tokio::test]
async fn a_token_with_another_nonce_gets_nowhere() {
    let (world, _, provider) = start().await;
    world.clock.set(provider.now().await);
    let begun = begin(&world).await.unwrap();
    let mut url = reqwest::Url::parse(&begun.authorization_url).unwrap();
    let changed: Vec<(String, String)> = url
        .query_pairs()
        .into_owned()
        .map(|(name, value)| {
            let value = if name == "nonce" {
                "another".to_owned()
            } else {
                value
            };
            (name, value)
        })
        .collect();
    url.query_pairs_mut().clear().extend_pairs(changed);
    let came = provider.visit(url.as_str(), &OLGA).await;
    assert_eq!(
        reason(complete(&world, &provider, &begun.flow, &came).await),
        "PROVIDER_SIGN_IN_DEAD"
    );
}

#[tokio::test]
async fn an_expired_token_gets_nowhere() {
    let (world, _, provider) = start().await;
    world.clock.set(provider.now().await);
    let begun = begin(&world).await.unwrap();
    let came = provider.visit(&begun.authorization_url, &OLGA).await;
    // The token is made when the code is redeemed, and lasts a minute. The flow lasts ten.
    let ahead = Duration::from_secs(120);
    assert_eq!(
        reason(complete_after(&world, &provider, ahead, &begun.flow, &came).await),
        "PROVIDER_SIGN_IN_DEAD"
    );
}

#[tokio::test]
async fn a_sign_in_that_takes_too_long_begins_again() {
    let (world, _, provider) = start().await;
    world.clock.set(provider.now().await);
    let begun = begin(&world).await.unwrap();
    let came = provider.visit(&begun.authorization_url, &OLGA).await;
    let ahead = Duration::from_secs(u64::try_from(begun.expires_in).unwrap());
    assert_eq!(
        reason(complete_after(&world, &provider, ahead, &begun.flow, &came).await),
        "PROVIDER_SIGN_IN_DEAD"
    );
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_from_a_refusal() {
    let (world, _, mut provider) = start().await;
    world.clock.set(provider.now().await);
    let begun = begin(&world).await.unwrap();
    let came = provider.visit(&begun.authorization_url, &OLGA).await;
    provider.stop().await;
    let request = CompleteProviderSignInRequest {
        flow: begun.flow,
        state: came.state,
        code: came.code,
        organization: String::new(),
    };
    let completed = world.identity_provider().complete_provider_sign_in(request).await;
    assert_eq!(completed.as_ref().unwrap_err().code(), Code::Unavailable);
    assert_eq!(reason(completed), "PROVIDER_UNAVAILABLE");
    // What it published is forgotten by now.
    world.advance(Duration::from_secs(601));
    assert_eq!(reason(begin(&world).await), "PROVIDER_UNAVAILABLE");
}

#[tokio::test]
async fn an_installation_without_a_provider_says_so() {
    let (world, _) = World::new().await;
    assert_eq!(reason(begin(&world).await), "PROVIDER_NOT_SET_UP");
}

#[tokio::test]
async fn a_provider_that_gave_no_answer_is_left_alone_for_a_moment() {
    let asked = Arc::new(AtomicUsize::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn({
        let asked = asked.clone();
        async move {
            while listener.accept().await.is_ok() {
                asked.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let (world, _) = World::with_provider(ProviderConfig {
        issuer: Some(issuer),
        client_id: Some("entente".to_owned()),
        client_secret: None,
        redirect_url: REDIRECT.to_owned(),
    })
    .await;

    assert_eq!(reason(begin(&world).await), "PROVIDER_UNAVAILABLE");
    let before = asked.load(Ordering::SeqCst);
    assert_eq!(reason(begin(&world).await), "PROVIDER_UNAVAILABLE");
    assert_eq!(asked.load(Ordering::SeqCst), before);

    world.advance(Duration::from_secs(5));
    assert_eq!(reason(begin(&world).await), "PROVIDER_UNAVAILABLE");
    assert!(asked.load(Ordering::SeqCst) > before);
}
