//! Who gets past the edge.

use std::time::Duration;

use entente_access::keys::PrivateKey;
use entente_access::{Reason, ServiceSigner};
use entente_contracts::identity::v1::session_service_client::SessionServiceClient;
use entente_contracts::identity::v1::{GetCurrentSessionRequest, GetCurrentSessionResponse};
use entente_runtime::random::SystemRandom;
use tonic::Code;
use tonic_types::StatusExt;

use crate::support::{Platform, Setup, problem};

const SESSION: &str = "/v1/sessions:current";

fn answer(platform: &Platform) {
    platform
        .script
        .on(|_: &GetCurrentSessionRequest| Ok(GetCurrentSessionResponse::default()));
}

async fn get(platform: &Platform, authorization: &str) -> reqwest::Response {
    platform
        .request("GET", SESSION)
        .header("authorization", authorization)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_good_token_goes_on_to_the_service() {
    let platform = Platform::start().await;
    answer(&platform);
    let bearer = format!("Bearer {}", platform.token());

    let response = get(&platform, &bearer).await;

    assert_eq!(response.status(), 200);
    assert_eq!(
        platform.script.call("GetCurrentSession").header("authorization"),
        bearer
    );
}

#[tokio::test]
async fn a_bad_token_gets_no_further_than_the_edge() {
    let platform = Platform::start().await;
    answer(&platform);
    let (head, _) = platform
        .token()
        .rsplit_once('.')
        .map(|(head, tail)| (head.to_owned(), tail.len()))
        .unwrap();
    let forged = format!("Bearer {head}.{}", "A".repeat(86));

    for authorization in [forged.as_str(), "Bearer nonsense", "Bearer ", "Basic YTpi", "x"] {
        let response = get(&platform, authorization).await;
        assert_eq!(
            response.headers()["www-authenticate"],
            "Bearer error=\"invalid_token\"",
            "{authorization}"
        );
        let problem = problem(response, 401, "TOKEN_INVALID").await;
        assert_eq!(problem["code"], "UNAUTHENTICATED");
        assert_eq!(problem["instance"], SESSION);
        assert_eq!(problem["metadata"]["mend"], Reason::TokenInvalid.mend());
    }
    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn of_two_tokens_none_is_taken() {
    let platform = Platform::start().await;
    let bearer = format!("Bearer {}", platform.token());

    let request = platform.request("GET", SESSION).header("authorization", &bearer);
    let response = request.header("authorization", &bearer).send().await.unwrap();

    problem(response, 401, "TOKEN_INVALID").await;
}

#[tokio::test]
async fn an_expired_token_says_so() {
    let platform = Platform::start().await;
    answer(&platform);
    let bearer = format!("Bearer {}", platform.token());
    assert_eq!(get(&platform, &bearer).await.status(), 200);

    platform.clock.advance(Duration::from_secs(301));

    problem(get(&platform, &bearer).await, 401, "TOKEN_EXPIRED").await;
}

#[tokio::test]
async fn a_services_token_is_refused() {
    let platform = Platform::start().await;
    answer(&platform);
    let key = PrivateKey::generate(&*SystemRandom::shared());
    let signer = ServiceSigner::new("partners", key, platform.clock.clone());
    let authorization = signer.authorization();

    let response = get(&platform, authorization.to_str().unwrap()).await;

    problem(response, 401, "TOKEN_INVALID").await;
    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn a_bad_token_over_grpc_is_refused_as_grpc() {
    let platform = Platform::start().await;
    answer(&platform);
    let mut request = tonic::Request::new(GetCurrentSessionRequest {});
    request
        .metadata_mut()
        .insert("authorization", "Bearer nonsense".parse().unwrap());

    let status = SessionServiceClient::new(platform.channel())
        .get_current_session(request)
        .await
        .unwrap_err();

    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(status.get_details_error_info().unwrap().reason, "TOKEN_INVALID");
    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn who_brings_no_token_passes_and_the_service_decides() {
    let platform = Platform::start().await;
    platform.script.on(
        |_: &GetCurrentSessionRequest| -> Result<GetCurrentSessionResponse, _> {
            Err(Reason::TokenMissing.into())
        },
    );

    let response = platform.get(SESSION).await;

    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    problem(response, 401, "TOKEN_MISSING").await;
    assert_eq!(
        platform.script.call("GetCurrentSession").header("authorization"),
        ""
    );
}

#[tokio::test]
async fn while_identity_is_away_no_token_can_be_checked() {
    let platform = Platform::with(Setup {
        closed: vec!["identity"],
        ..Setup::default()
    })
    .await;

    let response = get(&platform, &format!("Bearer {}", platform.token())).await;

    assert_eq!(response.headers()["retry-after"], "1");
    assert!(!response.headers().contains_key("www-authenticate"));
    problem(response, 503, "DECISION_UNAVAILABLE").await;
}
