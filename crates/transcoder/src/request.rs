//! The request message, put together from body, path and query.

use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::{Map, Value};

use crate::binding::{Binding, Body};
use crate::json;
use crate::query;
use crate::refusal::{Refusal, Violation};
use crate::update_mask;
use crate::well_known::{JsonForm, json_form};

/// Makes the request message. All fields that are wrong are told at once.
pub(crate) fn assemble(
    binding: &Binding,
    path: &[String],
    query: Option<&str>,
    body: &[u8],
) -> Result<DynamicMessage, Refusal> {
    let mut violations = Vec::new();
    let (mut message, body) = read_body(binding, body, &mut violations)?;
    for (variable, field) in &binding.variables {
        let value = field.parse(&binding.template.value(variable, path));
        if let Err(description) = value.and_then(|value| field.agree(&mut message, value)) {
            violations.push(Violation::new(field.proto_name(), description));
        }
    }
    query::apply(binding, query.unwrap_or_default(), &mut message, &mut violations)?;
    if !violations.is_empty() {
        return Err(Refusal::violations(violations));
    }
    if let Some(body) = body {
        update_mask::derive(binding, &body, &mut message);
    }
    Ok(message)
}

/// The message as far as the body gives it, and the body itself.
fn read_body(
    binding: &Binding,
    body: &[u8],
    violations: &mut Vec<Violation>,
) -> Result<(DynamicMessage, Option<Value>), Refusal> {
    let input = binding.method.input();
    if body.is_empty() {
        return Ok((DynamicMessage::new(input), None));
    }
    match &binding.body {
        Body::None => Err(Refusal::malformed("this method takes no body; leave it out")),
        Body::Whole => {
            let body = json::parse(body)?;
            check_object(&input, &body)?;
            Ok((json::message(&input, &body, violations), Some(body)))
        }
        Body::Field(field) => {
            // As a part of its message the field is read by the message's own rules, and errors name it.
            let body = json::parse(body)?;
            let whole = Value::Object(Map::from_iter([(field.json_name().to_owned(), body.clone())]));
            Ok((json::message(&input, &whole, violations), Some(body)))
        }
    }
}

fn check_object(input: &MessageDescriptor, body: &Value) -> Result<(), Refusal> {
    if json_form(input) == JsonForm::Fields && !body.is_object() {
        return Err(Refusal::malformed(
            "the body is no JSON object; send the request's fields as an object",
        ));
    }
    Ok(())
}
