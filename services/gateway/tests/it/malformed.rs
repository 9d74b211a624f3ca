//! HTTP and JSON that can't be read.

use std::time::Duration;

use entente_contracts::identity::v1::{GetMemberRequest, GetMemberResponse, SignInRequest, SignInResponse};
use entente_gateway::Config;
use serde_json::json;

use crate::support::{Platform, Setup, problem};

const SIGN_IN: &str = "/v1/sessions:signIn";
const MIB: usize = 1 << 20;

#[tokio::test]
async fn a_path_that_nothing_answers_is_unknown() {
    let platform = Platform::start().await;
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v2/sessions:current",
        "/v1/sessions:current/",
        "/v1/sessions:nothing",
        "/v1/notifications/",
        "/v1//notifications",
        "/openapi.json/",
        "/docs/errors/",
        "/join",
        "/join/",
        "/join/a/b",
        "/grpc.reflection.v1",
        "/index.html",
    ] {
        problem(platform.get(path).await, 404, "UNKNOWN_ROUTE").await;
    }
    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn slashes_are_not_folded() {
    let platform = Platform::start().await;
    for path in [
        "//v1/sessions:current",
        "//",
        "//join/a",
        "/./v1/sessions:current",
        "/v1/../v1/sessions:current",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let answer = platform.raw(request.as_bytes(), "UNKNOWN_ROUTE").await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn an_encoded_slash_is_part_of_an_id() {
    let platform = Platform::start().await;
    platform.script.on(|request: &GetMemberRequest| {
        assert_eq!(
            (request.organization.as_str(), request.member.as_str()),
            ("org_a", "../x y")
        );
        Ok(GetMemberResponse::default())
    });

    let response = platform.get("/v1/organizations/org_a/members/..%2Fx%20y").await;

    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_known_path_tells_which_methods_it_answers() {
    let platform = Platform::start().await;
    for (method, path, allowed) in [
        ("GET", SIGN_IN, "POST"),
        (
            "PUT",
            "/v1/organizations/org_a/members/mem_a",
            "DELETE, GET, HEAD, PATCH",
        ),
        ("OPTIONS", SIGN_IN, "POST"),
        ("POST", "/openapi.json", "GET,HEAD"),
        ("DELETE", "/docs/errors", "GET,HEAD"),
        ("PUT", "/join/a", "GET,HEAD,POST"),
        ("DELETE", "/invitations/a", "GET,HEAD,POST"),
    ] {
        let response = platform.request(method, path).send().await.unwrap();
        assert_eq!(response.headers()["allow"], allowed, "{method} {path}");
        problem(response, 405, "METHOD_NOT_ALLOWED").await;
    }
    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_by_its_kind() {
    let platform = Platform::start().await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
    ] {
        let request = platform
            .request("POST", SIGN_IN)
            .header("content-type", kind)
            .body("{}");
        problem(request.send().await.unwrap(), 415, "UNSUPPORTED_MEDIA_TYPE").await;
    }
    let compressed = platform
        .request("POST", SIGN_IN)
        .header("content-encoding", "gzip");
    let compressed = compressed.header("content-type", "application/json").body("{}");
    problem(compressed.send().await.unwrap(), 415, "UNSUPPORTED_MEDIA_TYPE").await;
}

#[tokio::test]
async fn json_that_does_not_fit_is_told_what_is_wrong() {
    let platform = Platform::start().await;
    for body in [
        "{",
        "[]",
        "null",
        "{\"email\": 1}",
        "{\"mail\": \"a\"}",
        "{\"email\": \"a\", \"email\": \"b\"}",
        "\u{0}",
    ] {
        let request = platform
            .request("POST", SIGN_IN)
            .header("content-type", "application/json")
            .body(body);
        problem(request.send().await.unwrap(), 400, "MALFORMED_REQUEST").await;
    }
    let invalid = platform
        .request("POST", SIGN_IN)
        .header("content-type", "application/json");
    problem(
        invalid.body(vec![b'"', 0xff, b'"']).send().await.unwrap(),
        400,
        "MALFORMED_REQUEST",
    )
    .await;
    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn a_query_that_does_not_fit_is_told_what_is_wrong() {
    let platform = Platform::start().await;
    for query in [
        "colour=red",
        "pageSize=many",
        "pageSize=1&pageSize=2",
        "state=MEMBER_STATE_LOST",
        "role=%ff",
        "role=%zz",
    ] {
        let path = format!("/v1/organizations/org_a/members?{query}");
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let answer = platform.raw(request.as_bytes(), "MALFORMED_REQUEST").await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{query}: {answer}");
        assert!(answer.contains("MALFORMED_REQUEST"), "{query}: {answer}");
    }
    assert_eq!(platform.script.count(), 0);
}

#[tokio::test]
async fn a_body_may_have_a_mebibyte_and_no_more() {
    let platform = Platform::start().await;
    platform
        .script
        .on(|_: &SignInRequest| Ok(SignInResponse::default()));
    let body = |bytes: usize| {
        let body = json!({ "email": "a@example.com", "password": "p" }).to_string();
        format!("{body}{}", " ".repeat(bytes - body.len()))
    };
    let send = |body: String| {
        let request = platform
            .request("POST", SIGN_IN)
            .header("content-type", "application/json");
        request.body(body).send()
    };

    assert_eq!(send(body(MIB)).await.unwrap().status(), 200);
    problem(send(body(MIB + 1)).await.unwrap(), 413, "REQUEST_TOO_LARGE").await;
}

#[tokio::test]
async fn a_body_that_says_nothing_of_its_length_is_measured_as_it_comes() {
    let platform = Platform::start().await;
    let chunk = format!("{:x}\r\n{}\r\n", 64 << 10, " ".repeat(64 << 10));
    let head = format!(
        "POST {SIGN_IN} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );

    let answer = platform
        .raw(
            format!("{head}{}", chunk.repeat(17)).as_bytes(),
            "REQUEST_TOO_LARGE",
        )
        .await;

    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let config = Config {
        gateway_body_timeout: Duration::from_millis(50),
        ..Config::default()
    };
    let platform = Platform::with(Setup {
        config,
        ..Setup::default()
    })
    .await;
    let request = format!(
        "POST {SIGN_IN} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{{"
    );

    let answer = platform.raw(request.as_bytes(), "REQUEST_TIMEOUT").await;

    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("REQUEST_TIMEOUT"), "{answer}");
}

#[tokio::test]
async fn a_head_is_a_get_without_the_body() {
    let platform = Platform::start().await;
    for path in ["/.well-known/jwks.json", "/openapi.json", "/docs/errors"] {
        let full = platform.get(path).await;
        let head = platform.request("HEAD", path).send().await.unwrap();
        assert_eq!(head.status(), full.status(), "{path}");
        assert_eq!(
            head.headers()["content-type"],
            full.headers()["content-type"],
            "{path}"
        );
        assert_eq!(
            head.headers()["content-length"],
            full.headers()["content-length"],
            "{path}"
        );
        assert_eq!(head.bytes().await.unwrap().len(), 0, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_gateway_serves_on() {
    let platform = Platform::start().await;
    for garbage in [
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nbad header\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense nonsense",
        "\u{16}\u{3}\u{1}",
    ] {
        let answer = platform
            .raw(format!("{garbage}{}", "x".repeat(64)).as_bytes(), "HTTP/1.1 4")
            .await;
        assert!(
            !answer.contains("HTTP/1.1 5") && !answer.contains("HTTP/1.1 2"),
            "{garbage:?}: {answer}"
        );
    }
    assert_eq!(platform.get("/.well-known/jwks.json").await.status(), 200);
}
