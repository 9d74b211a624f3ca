//! `google.api.http`, read as a dynamic message: this crate needs no generated code for it.

use http::Method;
use prost_reflect::{DynamicMessage, MethodDescriptor};

const EXTENSION: &str = "google.api.http";

/// One rule, flattened.
#[derive(Debug)]
pub(super) struct Rule {
    /// An HTTP method, or `*`.
    pub(super) http_method: String,
    pub(super) path: String,
    pub(super) body: String,
    pub(super) response_body: String,
}

/// The method's rule and its additional bindings, in their order.
pub(super) fn of(method: &MethodDescriptor) -> Result<Vec<Rule>, String> {
    let Some(extension) = method.parent_pool().get_extension_by_name(EXTENSION) else {
        return Ok(Vec::new());
    };
    let options = method.options();
    if !options.has_extension(&extension) {
        return Ok(Vec::new());
    }
    let value = options.get_extension(&extension);
    let main = value.as_message().ok_or_else(|| "is not a message".to_owned())?;
    let mut rules = vec![flatten(main)?];
    for additional in messages(main, "additional_bindings") {
        if !messages(&additional, "additional_bindings").is_empty() {
            return Err("nests additional bindings".to_owned());
        }
        rules.push(flatten(&additional)?);
    }
    Ok(rules)
}

fn flatten(rule: &DynamicMessage) -> Result<Rule, String> {
    let (http_method, path) = pattern(rule)?;
    Ok(Rule {
        http_method,
        path,
        body: text(rule, "body"),
        response_body: text(rule, "response_body"),
    })
}

fn pattern(rule: &DynamicMessage) -> Result<(String, String), String> {
    for name in ["get", "put", "post", "delete", "patch"] {
        if rule.has_field_by_name(name) {
            return Ok((name.to_ascii_uppercase(), text(rule, name)));
        }
    }
    let custom = rule
        .get_field_by_name("custom")
        .filter(|_| rule.has_field_by_name("custom"));
    let Some(custom) = custom.as_ref().and_then(|value| value.as_message()) else {
        return Err("names no HTTP method".to_owned());
    };
    let kind = text(custom, "kind");
    if kind != "*" && (Method::from_bytes(kind.as_bytes()).is_err() || kind != kind.to_ascii_uppercase()) {
        return Err(format!(
            "has the kind `{kind}`, which is no HTTP method in capitals"
        ));
    }
    Ok((kind, text(custom, "path")))
}

fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn messages(message: &DynamicMessage, field: &str) -> Vec<DynamicMessage> {
    let value = message.get_field_by_name(field);
    let list = value
        .as_ref()
        .and_then(|value| value.as_list())
        .unwrap_or_default();
    list.iter()
        .filter_map(|item| item.as_message().cloned())
        .collect()
}
