//! `/openapi.json`.

use std::collections::BTreeSet;

use entente_contracts::METHODS;
use entente_contracts::access::v1::Caller;
use serde_json::Value;

use crate::support::Platform;

async fn described() -> Value {
    let platform = Platform::start().await;
    let response = platform.get("/openapi.json").await;
    assert_eq!(response.headers()["content-type"], "application/json");
    response.json().await.unwrap()
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        methods
            .as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn id(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap()
}

#[tokio::test]
async fn every_public_method_is_described_and_no_internal_one() {
    let document = described().await;
    let described: BTreeSet<_> = operations(&document)
        .map(|(_, _, operation)| id(operation).to_owned())
        .collect();
    let public: BTreeSet<_> = METHODS
        .iter()
        .filter(|rule| rule.caller != Caller::Internal)
        .map(|rule| format!("{}_{}", rule.service.rsplit('.').next().unwrap(), rule.method))
        .collect();

    assert_eq!(described, public);
}

#[tokio::test]
async fn only_a_public_method_is_open_without_a_token() {
    let document = described().await;
    let open: BTreeSet<_> = operations(&document)
        .filter(|(_, _, operation)| {
            operation
                .get("security")
                .is_some_and(|needs| needs == &serde_json::json!([]))
        })
        .map(|(_, _, operation)| id(operation).rsplit('_').next().unwrap().to_owned())
        .collect();
    let public = METHODS.iter().filter(|rule| rule.caller == Caller::Public);

    assert_eq!(open, public.map(|rule| rule.method.to_owned()).collect());
    assert_eq!(document["security"], serde_json::json!([{ "bearer": [] }]));
}

#[tokio::test]
async fn the_comments_of_the_contract_are_in_it() {
    let document = described().await;
    for (path, method, operation) in operations(&document) {
        assert!(
            operation["summary"].is_string() && operation["description"].is_string(),
            "{method} {path}"
        );
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(
                parameter["description"].is_string(),
                "{method} {path}: {}",
                parameter["name"]
            );
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name}");
        for (field, schema) in schema["properties"].as_object().into_iter().flatten() {
            assert!(schema["description"].is_string(), "{name}.{field}");
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_wildcard_is_a_parameter() {
    let document = described().await;
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        assert!(
            document.pointer(reference.strip_prefix('#').unwrap()).is_some(),
            "{reference}"
        );
    }
    for (path, method, operation) in operations(&document) {
        let named: BTreeSet<_> = path
            .split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap().to_owned())
            .collect();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let declared: BTreeSet<_> = parameters
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(named, declared, "{method} {path}");
    }
}

#[tokio::test]
async fn it_looks_as_a_client_expects() {
    let document = described().await;
    assert_eq!(document["openapi"], "3.1.0");
    insta::assert_json_snapshot!(
        "paths",
        [
            &document["paths"]["/v1/sessions:signIn"],
            &document["paths"]["/v1/organizations/{organization}/members"]["get"]["parameters"],
            &document["paths"]["/v1/organizations/{organization}/partnershipInvitations/{invitation}:accept"],
        ]
    );
    let schemas = &document["components"]["schemas"];
    insta::assert_json_snapshot!(
        "schemas",
        [
            &schemas["entente.identity.v1.Tokens"],
            &schemas["entente.partners.v1.MandateAccess"],
            &schemas["Problem"]["required"],
        ]
    );
}

fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            into.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| collect(value, into));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
