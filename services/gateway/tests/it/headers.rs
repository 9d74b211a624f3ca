//! What every answer carries, and what every call carries on.

use entente_contracts::identity::v1::session_service_client::SessionServiceClient;
use entente_contracts::identity::v1::{
    GetCurrentSessionRequest, GetCurrentSessionResponse, GetKeySetRequest,
};
use entente_gateway::Config;
use entente_runtime::server::Limits;
use http::HeaderMap;
use serde_json::Value;

use crate::support::{Platform, Setup, problem};

const KEYS: &str = "/.well-known/jwks.json";
const SESSION: &str = "/v1/sessions:current";
const PORTAL: &str = "https://portal.example.com";

async fn with_cors() -> Platform {
    let config = Config {
        gateway_cors_origins: vec![PORTAL.parse().unwrap()],
        ..Config::default()
    };
    Platform::with(Setup {
        config,
        ..Setup::default()
    })
    .await
}

fn assert_secure(headers: &HeaderMap, what: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(headers[name], value, "{what}");
    }
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; "), "{what}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
}

#[tokio::test]
async fn every_answer_holds_the_browser_to_what_is_safe() {
    let platform = with_cors().await;
    for (method, path) in [
        ("GET", KEYS),
        ("HEAD", KEYS),
        ("GET", "/nothing"),
        ("POST", KEYS),
        ("POST", "/openapi.json"),
        ("GET", "/openapi.json"),
        ("GET", "/docs/errors"),
        ("GET", "/join/a"),
        ("PUT", "/join/a"),
        ("GET", "/v1/notifications"),
        ("OPTIONS", KEYS),
    ] {
        let request = platform.request(method, path).header("origin", PORTAL);
        let response = request
            .header("access-control-request-method", "GET")
            .send()
            .await
            .unwrap();
        assert_secure(response.headers(), &format!("{method} {path}"));
    }
    let refused = platform
        .request("GET", KEYS)
        .header("authorization", "Bearer x")
        .send()
        .await
        .unwrap();
    assert_secure(refused.headers(), "a bad token");
}

#[tokio::test]
async fn an_overloaded_gateway_says_so_as_any_other_answer() {
    let limits = Limits {
        max_in_flight: 0,
        ..Limits::default()
    };
    let platform = Platform::with(Setup {
        limits,
        ..Setup::default()
    })
    .await;

    let response = platform.get(KEYS).await;

    assert_secure(response.headers(), "overloaded");
    assert_eq!(response.headers()["retry-after"], "1");
    assert!(response.headers().contains_key("x-request-id"));
    problem(response, 429, "OVERLOADED").await;
}

#[tokio::test]
async fn a_grpc_answer_has_no_headers_for_browsers() {
    let platform = Platform::start().await;

    let response = SessionServiceClient::new(platform.channel())
        .get_key_set(GetKeySetRequest {})
        .await
        .unwrap();

    assert!(!response.metadata().contains_key("content-security-policy"));
    assert!(response.metadata().contains_key("x-request-id"));
}

#[tokio::test]
async fn a_preflight_lets_in_whom_it_is_set_for() {
    let platform = with_cors().await;
    let preflight = |origin: &'static str| {
        let request = platform.request("OPTIONS", SESSION).header("origin", origin);
        request.header("access-control-request-method", "GET").send()
    };

    let let_in = preflight(PORTAL).await.unwrap();
    let kept_out = preflight("https://portal.example.com.evil.example")
        .await
        .unwrap();

    assert_eq!(let_in.status(), 200);
    assert_eq!(let_in.headers()["access-control-allow-origin"], PORTAL);
    assert!(
        let_in.headers()["access-control-allow-headers"]
            .to_str()
            .unwrap()
            .contains("authorization")
    );
    assert!(!let_in.headers().contains_key("access-control-allow-credentials"));
    assert!(!kept_out.headers().contains_key("access-control-allow-origin"));
    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn an_answer_is_for_the_origins_that_are_set_errors_too() {
    let platform = with_cors().await;
    for path in [KEYS, "/nothing", "/v1/notifications"] {
        let response = platform
            .request("GET", path)
            .header("origin", PORTAL)
            .send()
            .await
            .unwrap();
        assert_eq!(
            response.headers()["access-control-allow-origin"],
            PORTAL,
            "{path}"
        );
        let exposed = response.headers()["access-control-expose-headers"]
            .to_str()
            .unwrap();
        assert!(exposed.contains("x-request-id"), "{exposed}");
        let other = platform
            .request("GET", path)
            .header("origin", "https://evil.example")
            .send()
            .await
            .unwrap();
        assert!(
            !other.headers().contains_key("access-control-allow-origin"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn without_origins_a_preflight_is_nothing_special() {
    let platform = Platform::start().await;
    let request = platform.request("OPTIONS", KEYS).header("origin", PORTAL);

    let response = request
        .header("access-control-request-method", "GET")
        .send()
        .await
        .unwrap();

    assert!(!response.headers().contains_key("access-control-allow-origin"));
    problem(response, 405, "METHOD_NOT_ALLOWED").await;
}

#[tokio::test]
async fn a_request_keeps_its_id_on_its_way_in_and_out() {
    let platform = Platform::start().await;
    platform
        .script
        .on(|_: &GetCurrentSessionRequest| Ok(GetCurrentSessionResponse::default()));

    let response = platform
        .request("GET", SESSION)
        .header("x-request-id", "r-1")
        .send()
        .await
        .unwrap();

    assert_eq!(response.headers()["x-request-id"], "r-1");
    assert_eq!(
        platform.script.call("GetCurrentSession").header("x-request-id"),
        "r-1"
    );
}

#[tokio::test]
async fn a_request_without_a_good_id_is_given_one_everywhere_the_same() {
    let platform = Platform::start().await;
    for request in [
        platform.request("GET", "/nothing"),
        platform
            .request("GET", "/nothing")
            .header("x-request-id", "x".repeat(200)),
        platform
            .request("GET", "/nothing")
            .header("authorization", "Bearer x"),
    ] {
        let response = request.send().await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(id.len(), 32);
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["requestId"], id);
    }
}

#[tokio::test]
async fn the_services_learn_where_a_call_comes_from_whatever_it_says_itself() {
    let platform = Platform::start().await;
    platform
        .script
        .on(|_: &GetCurrentSessionRequest| Ok(GetCurrentSessionResponse::default()));

    let forged = platform
        .request("GET", SESSION)
        .header("x-forwarded-for", "203.0.113.9");
    forged.send().await.unwrap();
    let mut request = tonic::Request::new(GetCurrentSessionRequest {});
    request
        .metadata_mut()
        .insert("x-forwarded-for", "203.0.113.9".parse().unwrap());
    SessionServiceClient::new(platform.channel())
        .get_current_session(request)
        .await
        .unwrap();

    let calls = platform.script.calls("GetCurrentSession");
    let told: Vec<_> = calls.iter().map(|call| call.header("x-forwarded-for")).collect();
    assert_eq!(told, ["127.0.0.1", "127.0.0.1"]);
}

#[tokio::test]
async fn the_services_learn_which_program_calls_and_nobody_writes_that_for_another() {
    let platform = Platform::start().await;
    platform
        .script
        .on(|_: &GetCurrentSessionRequest| Ok(GetCurrentSessionResponse::default()));

    let named = platform
        .request("GET", SESSION)
        .header("user-agent", "Firefox/140")
        .header("x-forwarded-user-agent", "forged");
    named.send().await.unwrap();
    let nameless = platform
        .request("GET", SESSION)
        .header("x-forwarded-user-agent", "forged");
    nameless.send().await.unwrap();

    let calls = platform.script.calls("GetCurrentSession");
    let told: Vec<_> = calls
        .iter()
        .map(|call| call.header("x-forwarded-user-agent"))
        .collect();
    assert_eq!(told, ["Firefox/140", ""]);
}

#[tokio::test]
async fn behind_a_proxy_its_word_counts() {
    let config = Config {
        gateway_proxies: 1,
        ..Config::default()
    };
    let platform = Platform::with(Setup {
        config,
        ..Setup::default()
    })
    .await;
    platform
        .script
        .on(|_: &GetCurrentSessionRequest| Ok(GetCurrentSessionResponse::default()));

    let request = platform
        .request("GET", SESSION)
        .header("x-forwarded-for", "10.0.0.1, 203.0.113.9");
    request.send().await.unwrap();

    assert_eq!(
        platform
            .script
            .call("GetCurrentSession")
            .header("x-forwarded-for"),
        "203.0.113.9"
    );
}
