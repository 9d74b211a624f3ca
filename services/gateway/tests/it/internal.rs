//! Methods that only services call are not there for the outside.

use std::time::Duration;

use entente_contracts::access::v1::Caller;
use entente_contracts::identity::v1::{
    GetMemberInvitationTokenRequest, GetMemberInvitationTokenResponse, ListContactsRequest,
    ListContactsResponse,
};
use entente_contracts::partners::v1::{
    GetPartnershipInvitationTokenRequest, GetPartnershipInvitationTokenResponse,
};
use entente_contracts::{METHODS, MethodRule};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use tonic::body::Body;
use tonic::transport::Channel;
use tower::ServiceExt;

use crate::support::{Platform, problem, within};

/// They would answer, if they were reached.
async fn talkative() -> Platform {
    let platform = Platform::start().await;
    platform
        .script
        .on(|_: &ListContactsRequest| Ok(ListContactsResponse::default()));
    platform
        .script
        .on(|_: &GetMemberInvitationTokenRequest| Ok(GetMemberInvitationTokenResponse::default()));
    let token =
        |_: &GetPartnershipInvitationTokenRequest| Ok(GetPartnershipInvitationTokenResponse::default());
    platform.script.on(token);
    platform
}

fn internal() -> impl Iterator<Item = &'static MethodRule> {
    METHODS.iter().filter(|rule| rule.caller == Caller::Internal)
}

fn paths(rule: &MethodRule) -> [String; 4] {
    let MethodRule { service, method, .. } = rule;
    [
        format!("/{service}/{method}"),
        format!("//{service}/{method}"),
        format!("/{service}/{method}/"),
        format!("/{service}/%{:02X}{}", method.as_bytes()[0], &method[1..]),
    ]
}

/// The status of an empty message sent there.
async fn call(channel: &Channel, path: &str, token: &str) -> String {
    let request = Request::post(path)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::new(Full::new(axum::body::Bytes::from_static(&[0; 5]))))
        .unwrap();
    let response = within(channel.clone().oneshot(request)).await.unwrap();
    let status = |headers: &HeaderMap| {
        headers
            .get("grpc-status")
            .map(|code| code.to_str().unwrap().to_owned())
    };
    if let Some(status) = status(response.headers()) {
        return status;
    }
    let body = within(response.into_body().collect()).await.unwrap();
    body.trailers().and_then(status).unwrap_or_default()
}

#[tokio::test]
async fn no_internal_method_is_reached_over_grpc() {
    let platform = talkative().await;
    let (channel, token) = (platform.channel(), platform.token());

    for rule in internal() {
        for path in paths(rule) {
            assert_eq!(call(&channel, &path, &token).await, "12", "{path}");
        }
    }

    assert!(internal().count() > 3);
    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn every_other_method_passes_over_grpc() {
    let platform = Platform::start().await;
    let (channel, token) = (platform.channel(), platform.token());

    for rule in METHODS.iter().filter(|rule| rule.caller != Caller::Internal) {
        let path = format!("/{}/{}", rule.service, rule.method);
        let known = rule.service.ends_with(".SessionService")
            || rule.service.ends_with(".MemberService")
            || rule.service.ends_with(".PartnershipInvitationService");
        let before = platform.script.calls(rule.method).len();
        let status = call(&channel, &path, &token).await;
        if known {
            assert_eq!(platform.script.calls(rule.method).len(), before + 1, "{path}");
        } else if !rule.service.contains(".identity.") && !rule.service.contains(".partners.") {
            assert_eq!(status, "14", "{path}");
        }
    }
}

#[tokio::test]
async fn no_internal_method_is_reached_over_rest() {
    let platform = talkative().await;
    let platform = &platform;

    for rule in internal() {
        for path in paths(rule) {
            for method in ["GET", "POST"] {
                let request = platform.request(method, &path).bearer_auth(platform.token());
                let request = request.timeout(Duration::from_secs(20));
                let request = if method == "POST" {
                    request.json(&serde_json::json!({}))
                } else {
                    request
                };
                problem(request.send().await.unwrap(), 404, "UNKNOWN_ROUTE").await;
            }
        }
    }

    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn grpc_web_is_not_spoken_here() {
    let platform = talkative().await;
    let request = platform.request("POST", "/entente.identity.v1.MemberService/ListContacts");

    let response = request
        .header("content-type", "application/grpc-web")
        .body(vec![0; 5])
        .send()
        .await
        .unwrap();

    problem(response, 404, "UNKNOWN_ROUTE").await;
    assert_eq!(platform.script.count(), 0);
}
