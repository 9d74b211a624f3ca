//! Query parameters: every field that neither the path nor the body gives.

use std::borrow::Cow;
use std::collections::HashSet;

use prost_reflect::DynamicMessage;

use crate::binding::Binding;
use crate::field::FieldPath;
use crate::path::percent_decode;
use crate::refusal::{Refusal, Violation};

/// Sets the fields that the query string names.
pub(crate) fn apply(
    binding: &Binding,
    query: &str,
    message: &mut DynamicMessage,
    violations: &mut Vec<Violation>,
) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (decode(key)?, decode(value)?);
        if let Err(description) = set(binding, &key, &value, message, &mut seen) {
            violations.push(Violation::new(key, description));
        }
    }
    Ok(())
}

fn set(
    binding: &Binding,
    key: &str,
    value: &str,
    message: &mut DynamicMessage,
    seen: &mut HashSet<String>,
) -> Result<(), String> {
    let Some(field) = FieldPath::resolve(&binding.method.input(), key) else {
        return Err("is no query parameter of this method; leave it out or mend its name".to_owned());
    };
    if binding.binds(&field) {
        return Err(bound_elsewhere(binding, &field));
    }
    let value = field.parse(value)?;
    if !seen.insert(field.proto_name()) && !field.leaf.is_list() {
        return Err("stands in the query twice; give it once".to_owned());
    }
    field.put(message, value)
}

fn bound_elsewhere(binding: &Binding, field: &FieldPath) -> String {
    if binding
        .variables
        .iter()
        .any(|(_, bound)| bound.proto_name() == field.proto_name())
    {
        return "is given by the path; leave it out of the query".to_owned();
    }
    "belongs in the body; move it there".to_owned()
}

fn decode(text: &str) -> Result<String, Refusal> {
    let spaced = if text.contains('+') {
        Cow::Owned(text.replace('+', " "))
    } else {
        Cow::Borrowed(text)
    };
    match percent_decode(&spaced) {
        Ok(text) => Ok(text.into_owned()),
        Err(problem) => Err(Refusal::malformed(format!("the query {problem}"))),
    }
}
