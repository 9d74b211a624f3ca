//! JSON bodies: parsed once, strictly, so that what a client sends twice or misspells is told, never dropped.

use std::collections::HashMap;
use std::fmt;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_path_to_error::{Path, Segment, Track};

use crate::field;
use crate::refusal::{Refusal, Violation};
use crate::scalar;
use crate::well_known::{JsonForm, json_form};

/// A level of JSON can be three levels of messages (`google.protobuf.Struct`), and decoders stop at a hundred.
const MAX_DEPTH: usize = 32;
/// Errors quote what was sent; that can be long.
const MAX_QUOTE: usize = 200;

/// Parses a JSON text; an object may have no key twice, and nesting ends at a fixed depth.
pub(crate) fn parse(text: &[u8]) -> Result<Value, Refusal> {
    let wrong = |error: serde_json::Error| {
        Refusal::malformed(format!(
            "the body is no valid JSON: {}; mend the body",
            shortened(&error.to_string())
        ))
    };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Strict { depth: 0 }
        .deserialize(&mut deserializer)
        .map_err(wrong)?;
    deserializer.end().map_err(wrong)?;
    Ok(value)
}

/// Reads a message from JSON. What doesn't fit is added to the violations, and an empty message given back.
pub(crate) fn message(
    desc: &MessageDescriptor,
    value: &Value,
    violations: &mut Vec<Violation>,
) -> DynamicMessage {
    let before = violations.len();
    inspect(desc, value, "", violations);
    if violations.len() > before {
        return DynamicMessage::new(desc.clone());
    }
    let mut track = Track::new();
    let deserializer = serde_path_to_error::Deserializer::new(value, &mut track);
    match DynamicMessage::deserialize(desc.clone(), deserializer) {
        Ok(message) => message,
        Err(error) => {
            violations.push(violation(desc, &track.path(), &error.to_string()));
            DynamicMessage::new(desc.clone())
        }
    }
}

/// Looks for fields that the message doesn't have, and for fields that are given by both of their names.
fn inspect(desc: &MessageDescriptor, value: &Value, at: &str, violations: &mut Vec<Violation>) {
    let Some(object) = value.as_object().filter(|_| json_form(desc) == JsonForm::Fields) else {
        return;
    };
    let mut seen = HashMap::new();
    for (name, value) in object {
        let path = || {
            if at.is_empty() {
                name.clone()
            } else {
                format!("{at}.{name}")
            }
        };
        let Some(field) = field::find(desc, name) else {
            if desc.get_extension_by_json_name(name).is_none() {
                let mend = "is no field of this request; leave it out or mend its name";
                violations.push(Violation::new(path(), mend));
            }
            continue;
        };
        if let Some(other) = seen.insert(field.number(), name) {
            violations.push(Violation::new(
                path(),
                format!("is the same field as `{other}`; give it once"),
            ));
        } else if let Kind::Message(inner) = field.kind() {
            inspect_field(&field, &inner, value, &path(), violations);
        }
    }
}

fn inspect_field(
    field: &FieldDescriptor,
    inner: &MessageDescriptor,
    value: &Value,
    path: &str,
    violations: &mut Vec<Violation>,
) {
    if field.is_map() {
        let Kind::Message(inner) = inner.map_entry_value_field().kind() else {
            return;
        };
        for (key, value) in value.as_object().into_iter().flatten() {
            inspect(&inner, value, &format!("{path}.{key}"), violations);
        }
        return;
    }
    if field.is_list() {
        for (index, value) in value.as_array().into_iter().flatten().enumerate() {
            inspect(inner, value, &format!("{path}[{index}]"), violations);
        }
        return;
    }
    inspect(inner, value, path, violations);
}

fn violation(desc: &MessageDescriptor, path: &Path, error: &str) -> Violation {
    let name = path.to_string();
    let name = if name == "." { String::new() } else { name };
    let error = shortened(error);
    match expected_at(desc, path) {
        Some(expectation) => Violation::new(name, format!("has a wrong value ({error}); give {expectation}")),
        None => Violation::new(name, format!("has a wrong value ({error}); mend it")),
    }
}

/// What the place that a path names can hold.
fn expected_at(desc: &MessageDescriptor, path: &Path) -> Option<String> {
    let mut message = Some(desc.clone());
    let mut expectation = None;
    for segment in path.iter() {
        match segment {
            Segment::Map { key } => {
                let field = field::find(&message?, key)?;
                expectation = Some(scalar::expectation(&field));
                message = message_of(&field);
            }
            Segment::Seq { .. } => {}
            Segment::Enum { .. } | Segment::Unknown => return None,
        }
    }
    expectation
}

/// The message that a field's values are, where they are named by the field alone.
fn message_of(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    if field.is_map() {
        return None;
    }
    field.kind().as_message().cloned()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Reads any JSON value as `serde_json` does, but for twin keys and depth.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self {
            depth: self.depth.saturating_add(1),
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!(
                    "the key `{}` stands twice",
                    shortened(&key)
                )));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
