//! What goes into a query string comes out of it.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use entente_transcoder::{Rest, RestOptions, upstream};
use http::{Request, Response};
use http_body_util::BodyExt;
use proptest::prelude::*;
use prost_reflect::{DynamicMessage, ReflectMessage, SerializeOptions, Value as Field};
use serde_json::Value;
use tonic::Status;
use tower::ServiceExt;

use crate::fixture::{exposed, library};

/// Sets of a `Kinds` message, by field, that a query can carry.
fn fields() -> impl Strategy<Value = Vec<(&'static str, Field)>> {
    let numbers = (
        any::<i32>(),
        any::<i64>(),
        any::<u32>(),
        any::<u64>(),
        any::<f64>(),
        any::<f32>(),
    );
    let texts = (
        any::<String>(),
        prop::collection::vec(any::<u8>(), 0..12),
        prop::collection::vec(".{0,6}", 0..4),
    );
    let rest = (
        any::<bool>(),
        -3..9_i32,
        prop::collection::vec(any::<i32>(), 0..4),
    );
    (numbers, texts, rest).prop_map(
        |((count, big, small, large, ratio, share), (text, data, tags), (open, color, list))| {
            vec![
                ("count", Field::I32(count)),
                ("big", Field::I64(big)),
                ("small", Field::U32(small)),
                ("large", Field::U64(large)),
                ("ratio", Field::F64(if ratio.is_nan() { 0.0 } else { ratio })),
                ("share", Field::F32(if share.is_nan() { 0.0 } else { share })),
                ("is_open", Field::Bool(open)),
                ("text", Field::String(text)),
                ("data", Field::Bytes(data.into())),
                ("color", Field::EnumNumber(color)),
                ("tags", Field::List(tags.into_iter().map(Field::String).collect())),
                ("numbers", Field::List(list.into_iter().map(Field::I32).collect())),
            ]
        },
    )
}

fn message(fields: &[(&str, Field)], seconds: i64, nanos: i32) -> DynamicMessage {
    let pool = library();
    let mut kinds = DynamicMessage::new(pool.get_message_by_name("library.v1.Kinds").unwrap());
    for (name, value) in fields {
        kinds.set_field_by_name(name, value.clone());
    }
    let mut inner = DynamicMessage::new(pool.get_message_by_name("library.v1.Inner").unwrap());
    inner.set_field_by_name("label_text", Field::String(seconds.to_string()));
    kinds.set_field_by_name("inner", Field::Message(inner));
    let mut time = DynamicMessage::new(pool.get_message_by_name("google.protobuf.Timestamp").unwrap());
    time.set_field_by_name("seconds", Field::I64(seconds));
    time.set_field_by_name("nanos", Field::I32(nanos));
    kinds.set_field_by_name("seen_at", Field::Message(time));
    kinds
}

/// A message's JSON as query pairs: nested names with dots, lists by repetition.
fn pairs(at: &str, value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let name = if at.is_empty() {
                    name.clone()
                } else {
                    format!("{at}.{name}")
                };
                pairs(&name, value, into);
            }
        }
        Value::Array(list) => list.iter().for_each(|item| pairs(at, item, into)),
        Value::String(text) => into.push(format!("{at}={}", encode(text))),
        Value::Number(number) => into.push(format!("{at}={}", encode(&number.to_string()))),
        Value::Bool(value) => into.push(format!("{at}={value}")),
        Value::Null => {}
    }
}

fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The message that a request with this query becomes, in protobuf, without a socket.
fn received(query: &str) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&seen);
    let service = tower::service_fn(move |request: Request<tonic::body::Body>| {
        let keep = Arc::clone(&keep);
        async move {
            let frame = request.into_body().collect().await?.to_bytes();
            *keep.lock().unwrap() = frame[5..].to_vec();
            Err::<Response<tonic::body::Body>, _>(Status::already_exists("kept"))
        }
    });
    let exposed = exposed(&library(), &upstream(service));
    let rest = Rest::new(&exposed, RestOptions::default()).unwrap();
    let request = Request::get(format!("/v1/kinds?{query}"))
        .body(Body::empty())
        .unwrap();
    let status = runtime.block_on(async { rest.oneshot(request).await.unwrap().status() });
    assert_eq!(status, 409, "{query}");
    seen.lock().unwrap().clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_message_survives_the_query(
        fields in fields(),
        seconds in -62_135_596_800..253_402_300_799_i64,
        nanos in 0..1_000_000_000_i32,
        proto_names in any::<bool>(),
    ) {
        let sent = message(&fields, seconds, nanos);
        let options = SerializeOptions::new().use_proto_field_name(proto_names);
        let json = sent.serialize_with_options(serde_json::value::Serializer, &options).unwrap();
        let mut query = Vec::new();
        pairs("", &json, &mut query);
        let received = DynamicMessage::decode(sent.descriptor(), received(&query.join("&")).as_slice()).unwrap();
        // As JSON: descriptors of messages within themselves have no end when they are printed.
        prop_assert_eq!(serde_json::to_value(&received).unwrap(), serde_json::to_value(&sent).unwrap());
    }
}
