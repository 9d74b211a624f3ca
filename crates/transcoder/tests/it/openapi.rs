//! The description of an API.

use std::collections::BTreeSet;

use entente_transcoder::openapi::{Info, document};
use prost_reflect::{DescriptorPool, MethodDescriptor};
use serde_json::Value;

use crate::fixture::pool;

fn described(pool: &DescriptorPool) -> Value {
    let methods: Vec<MethodDescriptor> = pool
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .collect();
    let info = Info {
        title: "Notes".to_owned(),
        version: "1.2.3".to_owned(),
        description: "Notes for everybody.".to_owned(),
        servers: vec!["https://notes.example.org".to_owned()],
    };
    document(pool, &methods, &info, |method| method.name() == "GetNote").unwrap()
}

#[test]
fn a_small_contract_is_described() {
    insta::assert_json_snapshot!(described(&pool("notes/v1/notes.proto")));
}

#[test]
fn the_same_contract_gives_the_same_text() {
    let text = || described(&pool("library/v1/library.proto")).to_string();
    assert_eq!(text(), text());
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_id() {
    let document = described(&pool("library/v1/library.proto"));
    let mut references = Vec::new();
    collect(&document, "$ref", &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let mut ids = Vec::new();
    collect(&document, "operationId", &mut ids);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

fn collect(value: &Value, key: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            into.extend(object.get(key).and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| collect(value, key, into));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, key, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
