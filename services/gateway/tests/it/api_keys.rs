//! Calls of programs, which bring an API key.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use entente_contracts::identity::v1::{
    ExchangeApiKeyRequest, ExchangeApiKeyResponse, GetMemberRequest, GetMemberResponse,
};
use entente_runtime::status::Failure;
use reqwest::RequestBuilder;
use tonic::Code;

use crate::support::{Platform, problem};

const PATH: &str = "/v1/organizations/org_1/members/mem_1";
const KEY: &str = "entk_01h455vb4pex5vsknk084sn02q_s3cret";

/// identity takes this one key; how often it was asked is counted.
async fn platform() -> (Platform, Arc<AtomicUsize>) {
    let platform = Platform::start().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let (token, count) = (platform.token(), asked.clone());
    platform.script.on(move |request: &ExchangeApiKeyRequest| {
        count.fetch_add(1, Ordering::SeqCst);
        if request.key != KEY {
            let told = "the API key is not known: use another one";
            return Err(Failure::new(Code::Unauthenticated, "API_KEY_INVALID", told).into());
        }
        Ok(ExchangeApiKeyResponse {
            access_token: token.clone(),
            expires_in: 300,
        })
    });
    platform
        .script
        .on(|_: &GetMemberRequest| Ok(GetMemberResponse::default()));
    (platform, asked)
}

fn get(platform: &Platform) -> RequestBuilder {
    platform.request("GET", PATH)
}

#[tokio::test]
async fn a_key_becomes_a_token_at_the_edge() {
    for header in ["authorization", "x-api-key"] {
        let (platform, _) = platform().await;
        let value = if header == "authorization" {
            format!("Bearer {KEY}")
        } else {
            KEY.to_owned()
        };

        let response = get(&platform).header(header, value).send().await.unwrap();

        assert_eq!(response.status(), 200, "{header}");
        let call = platform.script.call("GetMember");
        assert_eq!(
            call.header("authorization"),
            format!("Bearer {}", platform.token())
        );
        assert_eq!(call.header("x-api-key"), "");
    }
}

#[tokio::test]
async fn a_key_is_exchanged_once_a_minute() {
    let (platform, asked) = platform().await;
    for _ in 0..3 {
        assert_eq!(
            get(&platform)
                .header("x-api-key", KEY)
                .send()
                .await
                .unwrap()
                .status(),
            200
        );
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    platform.clock.advance(Duration::from_secs(60));

    assert_eq!(
        get(&platform)
            .header("x-api-key", KEY)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_wrong_key_gets_no_further_than_the_edge() {
    let (platform, _) = platform().await;

    let response = get(&platform)
        .header("x-api-key", format!("{KEY}x"))
        .send()
        .await
        .unwrap();

    assert_eq!(
        response.headers()["www-authenticate"],
        "Bearer error=\"invalid_token\""
    );
    problem(response, 401, "API_KEY_INVALID").await;
}

#[tokio::test]
async fn a_key_beside_a_token_is_refused() {
    let (platform, asked) = platform().await;
    let request = get(&platform).bearer_auth(platform.token());

    let response = request.header("x-api-key", KEY).send().await.unwrap();

    problem(response, 401, "TOKEN_INVALID").await;
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn while_identity_is_away_no_key_can_be_exchanged() {
    let platform = Platform::with(crate::support::Setup {
        closed: vec!["identity"],
        ..Default::default()
    })
    .await;

    let response = get(&platform).header("x-api-key", KEY).send().await.unwrap();

    problem(response, 503, "DECISION_UNAVAILABLE").await;
}
