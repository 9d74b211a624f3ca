//! Requests that no client should send.

use axum::body::Body;
use entente_transcoder::{Rest, RestOptions, upstream};
use http::Request;
use proptest::prelude::*;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic::Status;
use tower::ServiceExt;

use crate::fixture::{Served, echo, empty, exposed, library, within_reason};

/// Sends each and asserts that it is refused as INVALID_ARGUMENT, naming the field where one is given.
async fn refused(cases: &[(&str, Option<&str>)], send: impl AsyncFn(&Served, &str) -> reqwest::Response) {
    let served = Served::start(empty).await;
    for (sent, field) in cases {
        let response = send(&served, sent).await;
        assert_eq!(response.status(), 400, "{sent}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json",
            "{sent}"
        );
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["code"], "INVALID_ARGUMENT", "{sent}");
        assert_eq!(problem["reason"], "MALFORMED_REQUEST", "{sent}");
        assert_eq!(
            problem["violations"][0]["field"].as_str(),
            *field,
            "{sent}: {problem}"
        );
    }
    assert!(!served.has_calls(), "a malformed request reached the service");
}

#[tokio::test]
async fn a_malformed_body_is_refused() {
    let deep_list = format!(r#"{{"extra":{{"a":{}{}}}}}"#, "[".repeat(200), "]".repeat(200));
    let deep_message = format!("{}1{}", r#"{"child":"#.repeat(60), "}".repeat(60));
    let cases = [
        ("{", None),
        ("[]", None),
        ("null", None),
        ("\"x\"", None),
        ("1", None),
        ("{} x", None),
        ("{}{}", None),
        ("{'count':1}", None),
        ("{\"count\":1,}", None),
        ("\u{feff}{}", None),
        ("{\"text\":\"a\u{0}b\"}", None),
        ("\u{0}", None),
        (r#"{"text":"\ud800"}"#, None),
        (r#"{"count":1,"count":1}"#, None),
        (r#"{"inner":{"rank":1,"rank":2}}"#, None),
        (r#"{"ratio":1e400}"#, None),
        (r#"{"ratio":NaN}"#, None),
        (deep_list.as_str(), None),
        (deep_message.as_str(), None),
        (r#"{"isOpen":true,"is_open":true}"#, Some("is_open")),
        (r#"{"nope":1}"#, Some("nope")),
        (r#"{"":1}"#, Some("")),
        (r#"{"inner":{"nope":1}}"#, Some("inner.nope")),
        (r#"{"inners":[{},{"nope":1}]}"#, Some("inners[1].nope")),
        (r#"{"count":"abc"}"#, Some("count")),
        (r#"{"count":1.5}"#, Some("count")),
        (r#"{"count":2147483648}"#, Some("count")),
        (r#"{"count":99999999999999999999999999}"#, Some("count")),
        (r#"{"big":"9223372036854775808"}"#, Some("big")),
        (r#"{"small":-1}"#, Some("small")),
        (r#"{"share":1e39}"#, Some("share")),
        (r#"{"isOpen":"true"}"#, Some("isOpen")),
        (r#"{"text":1}"#, Some("text")),
        (r#"{"data":"***"}"#, Some("data")),
        (r#"{"color":"PURPLE"}"#, Some("color")),
        (r#"{"color":1.5}"#, Some("color")),
        (r#"{"colors":["COLOR_RED","PURPLE"]}"#, Some("colors[1]")),
        (r#"{"tags":"x"}"#, Some("tags")),
        (r#"{"tags":[1]}"#, Some("tags[0]")),
        (r#"{"tags":[null]}"#, Some("tags[0]")),
        (r#"{"inner":[]}"#, Some("inner")),
        (r#"{"inner":{"rank":"x"}}"#, Some("inner.rank")),
        (r#"{"labels":{"a":1}}"#, Some("labels.a")),
        (r#"{"seenAt":"yesterday"}"#, Some("seenAt")),
        (r#"{"seenAt":"99999-01-01T00:00:00Z"}"#, Some("seenAt")),
        (r#"{"waitFor":"5"}"#, Some("waitFor")),
        (r#"{"waitFor":"999999999999999999999s"}"#, Some("waitFor")),
        (r#"{"readMask":"a_b"}"#, Some("readMask")),
        (r#"{"maybe":"x"}"#, Some("maybe")),
        (r#"{"left":"a","right":1}"#, Some("")),
        (r#"{"anything":{"@type":"x.y/none.Such"}}"#, Some("anything")),
        (r#"{"anything":{}}"#, Some("anything")),
    ];
    refused(&cases, async |served, body| {
        served.send("POST", "/v1/kinds", body.to_owned()).await
    })
    .await;
}

#[tokio::test]
async fn a_malformed_query_is_refused() {
    let deep = format!("{}count=1", "child.".repeat(40));
    let cases = [
        ("nope=1", Some("nope")),
        ("=1", Some("")),
        ("inner.nope=1", Some("inner.nope")),
        ("count.x=1", Some("count.x")),
        ("tags.x=1", Some("tags.x")),
        ("inner=1", Some("inner")),
        ("labels=1", Some("labels")),
        ("labels.a=1", Some("labels.a")),
        ("extra=%7B%7D", Some("extra")),
        ("anything=1", Some("anything")),
        ("inners.rank=1", Some("inners.rank")),
        (deep.as_str(), Some(deep.trim_end_matches("=1"))),
        ("count=abc", Some("count")),
        ("count=", Some("count")),
        ("count", Some("count")),
        ("count=1&count=1", Some("count")),
        ("isOpen=true&is_open=true", Some("is_open")),
        ("numbers=1&numbers=x", Some("numbers")),
        ("big=9223372036854775808", Some("big")),
        ("ratio=inf", Some("ratio")),
        ("isOpen=yes", Some("isOpen")),
        ("data=*", Some("data")),
        ("color=PURPLE", Some("color")),
        ("seenAt=yesterday", Some("seenAt")),
        ("waitFor=5", Some("waitFor")),
        ("maybe=x", Some("maybe")),
        ("left=a&right=1", Some("right")),
        ("text=%zz", None),
        ("text=%", None),
        ("%f=1", None),
        ("text=%ff", None),
    ];
    refused(&cases, async |served, query| {
        served.get(&format!("/v1/kinds?{query}")).await
    })
    .await;
}

#[tokio::test]
async fn a_malformed_path_is_refused() {
    let cases = [
        ("/v1/kinds/abc", Some("count")),
        ("/v1/kinds/2147483648", Some("count")),
        ("/v1/colors/PURPLE", Some("color")),
        ("/v1/kinds/1?count=1", Some("count")),
        ("/v1/books/%zz", None),
        ("/v1/books/%", None),
        ("/v1/books/%ff", None),
        ("/v1/books/%c3%28", None),
    ];
    refused(&cases, async |served, path| served.get(path).await).await;
}

#[tokio::test]
async fn what_the_path_or_the_body_gives_stands_nowhere_else() {
    let cases = [
        (
            "/v1/shelves/1/books/2?book.displayTitle=x",
            Some("book.displayTitle"),
        ),
        ("/v1/shelves/1/books/2?book.name=x", Some("book.name")),
    ];
    refused(&cases, async |served, path| {
        served.send("PATCH", path, "{}").await
    })
    .await;
    let cases = [(r#"{"name":"other"}"#, Some("book.name"))];
    refused(&cases, async |served, body| {
        served
            .send("PATCH", "/v1/shelves/1/books/2", body.to_owned())
            .await
    })
    .await;
    let cases = [("/v1/kinds?count=1", Some("count"))];
    refused(&cases, async |served, path| served.send("POST", path, "{}").await).await;
    let cases = [("/v1/books/a", None)];
    refused(&cases, async |served, path| served.send("GET", path, "{}").await).await;
}

#[tokio::test]
async fn all_wrong_fields_are_told_at_once() {
    let served = Served::start(empty).await;
    let body = r#"{"nope":1,"inner":{"neither":2}}"#;
    let problem: Value = served
        .send("POST", "/v1/kinds?such=1&none=2", body)
        .await
        .json()
        .await
        .unwrap();
    let fields: Vec<_> = problem["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["field"].clone())
        .collect();
    assert_eq!(fields, ["nope", "inner.neither", "such", "none"]);
}

#[tokio::test]
async fn a_wrong_value_is_told_with_its_mend() {
    let served = Served::start(empty).await;
    let problem: Value = served
        .send("POST", "/v1/kinds", r#"{"color":"PURPLE"}"#)
        .await
        .json()
        .await
        .unwrap();
    let mend = "give one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_BLUE";
    assert!(problem["detail"].as_str().unwrap().ends_with(mend), "{problem}");
    let problem: Value = served.get("/v1/kinds?count=x").await.json().await.unwrap();
    let mend = "`count` has a wrong value; give a whole number from -2147483648 to 2147483647";
    assert_eq!(problem["detail"], mend);
}

#[tokio::test]
async fn a_null_byte_is_text_like_any_other() {
    let served = Served::start(echo).await;
    let response = served.send("POST", "/v1/kinds", r#"{"text":"a\u0000b"}"#).await;
    assert_eq!(response.json::<Value>().await.unwrap()["text"], "a\u{0}b");
}

#[tokio::test]
async fn a_body_that_is_no_utf8_is_refused() {
    let served = Served::start(empty).await;
    let response = served
        .send("POST", "/v1/kinds", b"{\"text\":\"\xff\"}".to_vec())
        .await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn the_largest_nesting_that_is_taken_reaches_the_service() {
    let served = Served::start(echo).await;
    let nested = |levels| {
        format!(
            r#"{{"extra":{{"a":{}1{}}}}}"#,
            r#"{"b":"#.repeat(levels),
            "}".repeat(levels)
        )
    };
    assert_eq!(served.send("POST", "/v1/kinds", nested(30)).await.status(), 200);
    assert_eq!(served.send("POST", "/v1/kinds", nested(31)).await.status(), 400);
}

#[tokio::test]
async fn an_answer_stays_small_however_much_is_wrong() {
    let served = Served::start(empty).await;
    let query: String = (0..500).map(|number| format!("&nope{number}=1")).collect();
    let problem: Value = served
        .get(&format!("/v1/kinds?{query}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(problem["detail"], "500 fields are wrong; see the violations");
    assert_eq!(problem["violations"].as_array().unwrap().len(), 32);
}

#[tokio::test]
async fn another_media_type_is_refused() {
    let served = Served::start(empty).await;
    for (name, value) in [
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-type", "application/json; charset=latin1"),
        ("content-type", "application/grpc-web"),
        ("content-encoding", "gzip"),
    ] {
        let mut request = served.client.post(served.url("/v1/kinds")).body("{}");
        if name != "content-type" {
            request = request.header("content-type", "application/json");
        }
        let response = request.header(name, value).send().await.unwrap();
        assert_eq!(response.status(), 415, "{value}");
    }
    let response = served
        .client
        .post(served.url("/v1/kinds"))
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 415, "no content type");
    assert_eq!(response.headers()["accept"], "application/json");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let options = RestOptions {
        max_request_bytes: 100,
        ..RestOptions::default()
    };
    let served = Served::start_with(options, empty).await;
    let body = format!(r#"{{"text":"{}"}}"#, "a".repeat(100));
    let announced = served.send("POST", "/v1/kinds", body.clone()).await;
    assert_eq!(announced.status(), 413);
    let chunked = raw(&served, &format!(
        "POST /v1/kinds HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    )).await;
    assert!(chunked.starts_with("HTTP/1.1 413"), "{chunked}");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let options = RestOptions {
        deadline: std::time::Duration::from_millis(50),
        ..RestOptions::default()
    };
    let served = Served::start_with(options, empty).await;
    let head = "POST /v1/kinds HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\nconnection: close\r\n\r\n{";
    let response = within_reason(raw(&served, head)).await;
    assert!(response.starts_with("HTTP/1.1 408"), "{response}");
}

async fn raw(served: &Served, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(served.base.trim_start_matches("http://"))
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response).await;
    String::from_utf8_lossy(&response).into_owned()
}

/// Sends a request without a socket, to a service that takes everything.
fn status_of(request: Request<Body>) -> u16 {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let taken = tower::service_fn(|_: Request<tonic::body::Body>| async {
        Err::<http::Response<tonic::body::Body>, _>(Status::already_exists("taken"))
    });
    let exposed = exposed(&library(), &upstream(taken));
    let rest = Rest::new(&exposed, RestOptions::default()).unwrap();
    runtime.block_on(async { rest.oneshot(request).await.unwrap().status().as_u16() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_body_makes_the_transcoder_fail(
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..64),
            r#"\{"(count|big|ratio|text|data|color|tags|inner|seenAt|waitFor|readMask|maybe|labels|extra|anything|child)":(null|-?[0-9]{1,25}(\.[0-9]{1,3})?(e-?[0-9]{1,3})?|"[-0-9a-zA-Z:.,_+/=]{0,24}"|\[[0-9",]{0,8}\]|\{"[a-z@]{0,5}":[0-9]\}|true)\}"#
                .prop_map(String::into_bytes),
        ]
    ) {
        let request = Request::post("/v1/kinds").header("content-type", "application/json").body(Body::from(body));
        let status = status_of(request.unwrap());
        prop_assert!(status == 400 || status == 409, "{}", status);
    }

    #[test]
    fn no_uri_makes_the_transcoder_fail(uri in "/v1/(kinds|books|files|colors)?[/a-z0-9%:]{0,9}(\\?[a-zA-Z0-9=&.%+_]{0,24})?") {
        let Ok(request) = Request::get(uri).body(Body::empty()) else {
            return Ok(());
        };
        let status = status_of(request);
        prop_assert!(matches!(status, 400 | 404 | 405 | 409), "{}", status);
    }
}
