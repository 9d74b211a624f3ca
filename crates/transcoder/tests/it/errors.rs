//! Problem documents.

use std::collections::HashMap;
use std::time::Duration;

use entente_transcoder::{LocalizedMessage, RestOptions, upstream};
use http::HeaderMap;
use serde_json::{Value, json};
use tonic::transport::Endpoint;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::fixture::{Served, closed_port, empty, within_reason};

fn options() -> RestOptions {
    RestOptions {
        problem_type_base: "https://example.org/errors#".to_owned(),
        problem_domain: "edge".to_owned(),
        ..RestOptions::default()
    }
}

#[tokio::test]
async fn a_problem_keeps_what_the_status_says() {
    let served = Served::start_with(options(), |_| {
        let mut details = ErrorDetails::with_error_info(
            "SHELF_LOCKED",
            "library",
            HashMap::from([
                ("shelf".to_owned(), "7".to_owned()),
                ("by".to_owned(), "ann".to_owned()),
            ]),
        );
        details.add_bad_request_violation("book.name", "is on a locked shelf; unlock it");
        details.set_retry_info(Some(Duration::from_millis(1500)));
        Err(Status::with_error_details(
            Code::PermissionDenied,
            "the shelf is locked; ask ann",
            details,
        ))
    })
    .await;
    let request = served
        .client
        .get(served.url("/v1/books/a?"))
        .header("x-request-id", "r-9");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(
        response.json::<Value>().await.unwrap(),
        json!({
            "type": "https://example.org/errors#shelf_locked",
            "title": "Shelf locked",
            "status": 403,
            "detail": "the shelf is locked; ask ann",
            "instance": "/v1/books/a",
            "code": "PERMISSION_DENIED",
            "reason": "SHELF_LOCKED",
            "domain": "library",
            "metadata": { "by": "ann", "shelf": "7" },
            "violations": [{ "field": "book.name", "description": "is on a locked shelf; unlock it" }],
            "retryAfter": 2,
            "requestId": "r-9",
        })
    );
}

/// Words for two reasons, in French for who asks for nothing else.
fn words(reason: &str, headers: &HeaderMap) -> Option<LocalizedMessage> {
    let french = headers
        .get("accept-language")
        .is_some_and(|wanted| wanted == "fr");
    let (locale, message) = match (reason, french) {
        ("UNKNOWN_ROUTE" | "SHELF_LOCKED", true) => ("fr", "C'est fermé."),
        ("UNKNOWN_ROUTE" | "SHELF_LOCKED", false) => ("en", "It is closed."),
        _ => return None,
    };
    Some(LocalizedMessage {
        locale: locale.to_owned(),
        message: message.to_owned(),
    })
}

/// A front that has these words, before a service that locks its shelf for this reason.
async fn worded(reason: &'static str, details: ErrorDetails) -> Served {
    let options = RestOptions {
        localize: Some(words),
        ..options()
    };
    Served::start_with(options, move |_| {
        let mut details = details.clone();
        details.set_error_info(reason, "library", HashMap::<String, String>::new());
        Err(Status::with_error_details(
            Code::PermissionDenied,
            "locked",
            details,
        ))
    })
    .await
}

#[tokio::test]
async fn a_problem_has_words_for_its_reader_whoever_refused() {
    let served = worded("SHELF_LOCKED", ErrorDetails::new()).await;
    for path in ["/v1/books/a", "/nothing"] {
        let french = served
            .client
            .get(served.url(path))
            .header("accept-language", "fr");
        for (request, language, message) in [
            (french, "fr", "C'est fermé."),
            (served.client.get(served.url(path)), "en", "It is closed."),
        ] {
            let response = request.send().await.unwrap();
            assert_eq!(response.headers()["content-language"], language, "{path}");
            assert_eq!(response.headers()["vary"], "accept-language", "{path}");
            let problem: Value = response.json().await.unwrap();
            assert_eq!(
                problem["localizedMessage"],
                json!({ "locale": language, "message": message }),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn the_words_of_the_service_go_before() {
    let details = ErrorDetails::with_localized_message("de-CH", "Das Regal ist zu.");
    let served = worded("SHELF_LOCKED", details).await;
    let response = served.get("/v1/books/a").await;
    assert_eq!(response.headers()["content-language"], "de-CH");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(
        problem["localizedMessage"],
        json!({ "locale": "de-CH", "message": "Das Regal ist zu." })
    );
}

#[tokio::test]
async fn a_reason_without_words_has_none() {
    let served = worded("ODD", ErrorDetails::new()).await;
    let response = served.get("/v1/books/a").await;
    assert!(!response.headers().contains_key("content-language"));
    assert!(!response.headers().contains_key("vary"));
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem.get("localizedMessage"), None);
}

#[tokio::test]
async fn every_code_has_its_http_status() {
    let served = Served::start(|call| {
        let code = call
            .message
            .get_field_by_name("name")
            .unwrap()
            .as_str()
            .unwrap()
            .parse::<i32>()
            .unwrap();
        Err(Status::new(Code::from(code), "no"))
    })
    .await;
    let expected = [
        499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
    ];
    for (code, status) in (1..).zip(expected) {
        let response = served.get(&format!("/v1/books/{code}")).await;
        assert_eq!(response.status(), status, "code {code}");
        assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["status"], status);
        assert_ne!(problem["title"], "");
    }
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let served = Served::start_with(options(), empty).await;
    for path in [
        "/",
        "/v1",
        "/v2/books/a",
        "/v1/shelves/1/books/",
        "/v1/hidden",
        "/v1/watch",
        "//",
        "/v1/books/a/b",
    ] {
        let response = served.get(path).await;
        assert_eq!(response.status(), 404, "{path}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["reason"], "UNKNOWN_ROUTE");
        assert_eq!(problem["type"], "https://example.org/errors#unknown_route");
        assert_eq!(problem["domain"], "edge");
    }
}

#[tokio::test]
async fn a_known_path_tells_which_methods_it_answers() {
    let served = Served::start(empty).await;
    let response = served.send("POST", "/v1/shelves/1/books/2", "{}").await;
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "DELETE, GET, HEAD, PATCH");
}

#[tokio::test]
async fn a_service_that_is_away_is_unavailable_and_its_address_stays_here() {
    let address = closed_port().await;
    let channel = Endpoint::from_shared(format!("http://{address}"))
        .unwrap()
        .connect_lazy();
    let served = Served::over(RestOptions::default(), upstream(channel)).await;
    let response = served.get("/v1/books/a").await;
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "1");
    let text = response.text().await.unwrap();
    assert!(text.contains("SERVICE_UNAVAILABLE"), "{text}");
    assert!(!text.contains(&address.port().to_string()), "{text}");
}

#[tokio::test]
async fn a_service_that_takes_too_long_is_given_up() {
    let silent = tower::service_fn(|_: http::Request<tonic::body::Body>| async {
        std::future::pending::<Result<http::Response<tonic::body::Body>, Status>>().await
    });
    let options = RestOptions {
        deadline: Duration::from_millis(50),
        ..RestOptions::default()
    };
    let served = Served::over(options, upstream(silent)).await;
    let response = within_reason(served.get("/v1/books/a")).await;
    assert_eq!(response.status(), 504);
    assert_eq!(
        response.json::<Value>().await.unwrap()["code"],
        "DEADLINE_EXCEEDED"
    );
}
