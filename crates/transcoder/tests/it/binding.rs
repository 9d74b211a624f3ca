//! Where the fields of a request come from, and how a response is written.

use prost_reflect::{DynamicMessage, Value as Field};
use serde_json::{Value, json};

use crate::fixture::{Served, echo, empty};

#[tokio::test]
async fn a_path_variable_may_span_segments() {
    let served = Served::start(empty).await;
    let response = served.get("/v1/shelves/7/books/a%20b%2Fc").await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        served.last_request(),
        json!({ "name": "shelves/7/books/a b%2Fc" })
    );
}

#[tokio::test]
async fn a_path_variable_of_one_segment_is_decoded_whole() {
    let served = Served::start(empty).await;
    served.get("/v1/books/a%20b%2Fc:d").await;
    assert_eq!(served.last_request(), json!({ "name": "a b/c:d" }));
}

#[tokio::test]
async fn an_open_ended_variable_takes_the_rest_of_the_path() {
    let served = Served::start(empty).await;
    served.get("/v1/files/a/b/c.txt").await;
    assert_eq!(served.last_request(), json!({ "path": "a/b/c.txt" }));
}

#[tokio::test]
async fn a_verb_leads_to_its_own_method() {
    let served = Served::start(empty).await;
    let response = served
        .send("POST", "/v1/shelves/1/books/2:move", r#"{"toShelf":"9"}"#)
        .await;
    assert_eq!(response.status(), 200);
    assert_eq!(served.last_call().method.name(), "MoveBook");
    assert_eq!(
        served.last_request(),
        json!({ "name": "shelves/1/books/2", "toShelf": "9" })
    );
}

#[tokio::test]
async fn a_custom_http_method_is_served() {
    let served = Served::start(empty).await;
    let response = served.send("LOCK", "/v1/files/a", "").await;
    assert_eq!(response.status(), 200);
    assert_eq!(served.last_call().method.name(), "LockFile");
    assert_eq!(response.json::<Value>().await.unwrap(), json!({}));
}

#[tokio::test]
async fn a_body_may_be_one_field_beside_path_and_query() {
    let served = Served::start(empty).await;
    let response = served
        .send(
            "POST",
            "/v1/shelves/3/books?request_id=r1",
            r#"{"display_title":"Emma","tags":["a"]}"#,
        )
        .await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        served.last_request(),
        json!({ "parent": "shelves/3", "book": { "displayTitle": "Emma", "tags": ["a"] }, "requestId": "r1" })
    );
}

#[tokio::test]
async fn a_body_may_be_a_repeated_field() {
    let served = Served::start(empty).await;
    served
        .send("PUT", "/v1/kinds/4/tags?text=x", r#"["a","b"]"#)
        .await;
    assert_eq!(
        served.last_request(),
        json!({ "count": 4, "text": "x", "tags": ["a", "b"] })
    );
}

#[tokio::test]
async fn an_empty_body_leaves_its_fields_unset() {
    let served = Served::start(empty).await;
    let response = served.send("POST", "/v1/shelves/1/books/2:move", "").await;
    assert_eq!(response.status(), 200);
    assert_eq!(served.last_request(), json!({ "name": "shelves/1/books/2" }));
}

#[tokio::test]
async fn query_parameters_reach_every_textual_field() {
    let served = Served::start(echo).await;
    let query = "count=-5&big=-9007199254740993&small=7&large=18446744073709551615&ratio=1.5&share=Infinity\
        &isOpen=true&text=a+b%26c%00&data=_-8&color=COLOR_BLUE&tags=x&tags=y&numbers=1&numbers=2\
        &inner.label_text=deep&inner.rank=3&seen_at=2026-01-31T09:30:00.5Z&waitFor=1.5s\
        &readMask=displayTitle,author.full_name&maybe=9007199254740993&perhaps=false&left=l\
        &child.child.count=8&nickname=&colors=1&colors=COLOR_RED";
    let response = served.get(&format!("/v1/kinds?{query}")).await;
    assert_eq!(response.status(), 200);
    let expected = json!({
        "count": -5,
        "big": "-9007199254740993",
        "small": 7,
        "large": "18446744073709551615",
        "ratio": 1.5,
        "share": "Infinity",
        "isOpen": true,
        "text": "a b&c\u{0}",
        "data": "/+8=",
        "color": "COLOR_BLUE",
        "tags": ["x", "y"],
        "numbers": [1, 2],
        "inner": { "labelText": "deep", "rank": 3 },
        "seenAt": "2026-01-31T09:30:00.500Z",
        "waitFor": "1.500s",
        "readMask": "displayTitle,author.fullName",
        "maybe": "9007199254740993",
        "perhaps": false,
        "left": "l",
        "child": { "child": { "count": 8 } },
        "nickname": "",
        "colors": ["COLOR_RED", "COLOR_RED"],
    });
    assert_eq!(served.last_request(), expected);
}

#[tokio::test]
async fn a_patch_without_a_mask_names_the_fields_of_its_body() {
    let served = Served::start(empty).await;
    let body = r#"{"name":"shelves/1/books/2","displayTitle":"Emma","author":{"full_name":"J"},"tags":[],"pageCount":null}"#;
    served.send("PATCH", "/v1/shelves/1/books/2", body).await;
    assert_eq!(
        served.last_request(),
        json!({
            "book": { "name": "shelves/1/books/2", "displayTitle": "Emma", "author": { "fullName": "J" } },
            "updateMask": "displayTitle,author.fullName,tags,pageCount",
        })
    );
}

#[tokio::test]
async fn the_etag_in_the_body_of_a_patch_is_a_condition_and_no_change() {
    let served = Served::start(empty).await;
    let body = r#"{"displayTitle":"Emma","etag":"7"}"#;
    served.send("PATCH", "/v1/shelves/1/books/2", body).await;
    let request = served.last_request();
    assert_eq!(request["book"]["etag"], "7");
    assert_eq!(request["updateMask"], "displayTitle");
}

#[tokio::test]
async fn a_mask_that_is_given_stays() {
    let served = Served::start(empty).await;
    served
        .send(
            "PATCH",
            "/v1/shelves/1/books/2?updateMask=tags",
            r#"{"displayTitle":"Emma"}"#,
        )
        .await;
    assert_eq!(served.last_request()["updateMask"], "tags");
}

#[tokio::test]
async fn a_response_is_proto3_json_with_defaults() {
    let served = Served::start(echo).await;
    let response = served.get("/v1/kinds?big=5&color=COLOR_RED").await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["big"], "5");
    assert_eq!(body["color"], "COLOR_RED");
    assert_eq!(body["isOpen"], false);
    assert_eq!(body["tags"], json!([]));
    assert_eq!(body["large"], "0");
    assert!(body.get("inner").is_none(), "an unset message is absent");
    assert!(
        body.get("nickname").is_none(),
        "an unset optional field is absent"
    );
}

#[tokio::test]
async fn a_response_may_be_one_field() {
    let served = Served::start(|call| {
        let mut reply = DynamicMessage::new(call.method.output());
        reply.set_field_by_name("lines", Field::List(vec![Field::String("one".to_owned())]));
        Ok(reply)
    })
    .await;
    let body: Value = served.get("/v1/files/a").await.json().await.unwrap();
    assert_eq!(body, json!(["one"]));
}

#[tokio::test]
async fn a_head_request_is_answered_like_a_get() {
    let served = Served::start(empty).await;
    let response = served.send("HEAD", "/v1/books/a", "").await;
    assert_eq!(response.status(), 200);
    assert_eq!(served.last_call().method.name(), "GetBook");
}
