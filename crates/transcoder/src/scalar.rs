//! Values as they stand in paths and query parameters: text.

use std::fmt::Display;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde::de::IntoDeserializer;

use crate::well_known::{JsonForm, json_form};

const BASE64: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, BASE64);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, BASE64);

/// Whether a value of this kind can be written as text at all.
pub(crate) fn is_textual(kind: &Kind) -> bool {
    let Kind::Message(message) = kind else {
        return true;
    };
    match json_form(message) {
        JsonForm::Timestamp | JsonForm::Duration | JsonForm::FieldMask | JsonForm::Wrapper => true,
        JsonForm::Fields
        | JsonForm::Empty
        | JsonForm::Struct
        | JsonForm::ListValue
        | JsonForm::Value
        | JsonForm::Any => false,
    }
}

/// Reads a value of a kind from text; `None` where the text isn't one.
pub(crate) fn parse(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Double => double(text).map(Value::F64),
        Kind::Float => single(text).map(Value::F32),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => text.parse().ok().map(Value::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => text.parse().ok().map(Value::I64),
        Kind::Uint32 | Kind::Fixed32 => text.parse().ok().map(Value::U32),
        Kind::Uint64 | Kind::Fixed64 => text.parse().ok().map(Value::U64),
        Kind::Bool => text.parse().ok().map(Value::Bool),
        Kind::String => Some(Value::String(text.to_owned())),
        Kind::Bytes => bytes(text).map(|bytes| Value::Bytes(bytes.into())),
        Kind::Enum(choices) => enum_number(choices, text).map(Value::EnumNumber),
        Kind::Message(message) => well_known(message, text).map(Value::Message),
    }
}

fn double(text: &str) -> Option<f64> {
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite() && is_plain_number(text));
    number.or_else(|| named_number(text).map(f64::from))
}

fn single(text: &str) -> Option<f32> {
    let number = text
        .parse::<f32>()
        .ok()
        .filter(|number| number.is_finite() && is_plain_number(text));
    number.or_else(|| named_number(text))
}

/// The names that proto3 JSON has for what is no finite number. Rust's own spellings are not taken.
fn named_number(text: &str) -> Option<f32> {
    match text {
        "NaN" => Some(f32::NAN),
        "Infinity" => Some(f32::INFINITY),
        "-Infinity" => Some(f32::NEG_INFINITY),
        _ => None,
    }
}

fn is_plain_number(text: &str) -> bool {
    text.trim_start_matches(['-', '+'])
        .starts_with(|first: char| first.is_ascii_digit() || first == '.')
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

fn enum_number(choices: &EnumDescriptor, text: &str) -> Option<i32> {
    choices
        .get_value_by_name(text)
        .map(|value| value.number())
        .or_else(|| text.parse().ok())
}

fn well_known(message: &MessageDescriptor, text: &str) -> Option<DynamicMessage> {
    match json_form(message) {
        JsonForm::Timestamp | JsonForm::Duration => {
            let text = IntoDeserializer::<serde::de::value::Error>::into_deserializer(text);
            DynamicMessage::deserialize(message.clone(), text).ok()
        }
        JsonForm::FieldMask => {
            let paths = text.split(',').filter(|path| !path.is_empty());
            let paths = paths.map(|path| Value::String(snake_case(path))).collect();
            with_field(message, "paths", Value::List(paths))
        }
        JsonForm::Wrapper => {
            let inner = message.get_field_by_name("value")?;
            with_field(message, "value", parse(&inner.kind(), text)?)
        }
        JsonForm::Fields
        | JsonForm::Empty
        | JsonForm::Struct
        | JsonForm::ListValue
        | JsonForm::Value
        | JsonForm::Any => None,
    }
}

fn with_field(message: &MessageDescriptor, field: &str, value: Value) -> Option<DynamicMessage> {
    let mut made = DynamicMessage::new(message.clone());
    made.try_set_field_by_name(field, value).ok()?;
    Some(made)
}

/// The proto name of a field that may be given by its JSON name.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// What a client can give for a field, for messages: "give …".
pub(crate) fn expectation(field: &FieldDescriptor) -> String {
    let kind = field.kind();
    if field.is_map() {
        return "an object".to_owned();
    }
    if field.is_list() {
        return format!("a list, each of it {}", kind_expectation(&kind));
    }
    kind_expectation(&kind)
}

/// What a client can give for one value of a kind.
pub(crate) fn kind_expectation(kind: &Kind) -> String {
    match kind {
        Kind::Double | Kind::Float => "a number".to_owned(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => whole_number(i32::MIN, i32::MAX),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => whole_number(i64::MIN, i64::MAX),
        Kind::Uint32 | Kind::Fixed32 => whole_number(u32::MIN, u32::MAX),
        Kind::Uint64 | Kind::Fixed64 => whole_number(u64::MIN, u64::MAX),
        Kind::Bool => "true or false".to_owned(),
        Kind::String => "a text".to_owned(),
        Kind::Bytes => "bytes in base64".to_owned(),
        Kind::Enum(choices) => {
            let names: Vec<_> = choices.values().map(|value| value.name().to_owned()).collect();
            format!("one of {}", names.join(", "))
        }
        Kind::Message(message) => message_expectation(message),
    }
}

fn message_expectation(message: &MessageDescriptor) -> String {
    match json_form(message) {
        JsonForm::Timestamp => "a time such as 2026-01-31T09:30:00Z".to_owned(),
        JsonForm::Duration => "seconds such as 1.5s".to_owned(),
        JsonForm::FieldMask => "names of fields, separated by commas".to_owned(),
        JsonForm::Wrapper => match message.get_field_by_name("value") {
            Some(value) => kind_expectation(&value.kind()),
            None => "a value".to_owned(),
        },
        JsonForm::ListValue => "a list".to_owned(),
        JsonForm::Value => "any JSON value".to_owned(),
        JsonForm::Empty => "{}".to_owned(),
        JsonForm::Fields | JsonForm::Struct | JsonForm::Any => "an object".to_owned(),
    }
}

fn whole_number(least: impl Display, most: impl Display) -> String {
    format!("a whole number from {least} to {most}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_no_number_of_the_kind_is_refused() {
        for (kind, text) in [
            (Kind::Int32, "2147483648"),
            (Kind::Int32, "1.5"),
            (Kind::Int32, ""),
            (Kind::Uint32, "-1"),
            (Kind::Int64, "9223372036854775808"),
            (Kind::Uint64, "18446744073709551616"),
            (Kind::Double, "1e400"),
            (Kind::Float, "1e39"),
            (Kind::Double, "inf"),
            (Kind::Double, "nan"),
            (Kind::Double, "-infinity"),
            (Kind::Double, ""),
            (Kind::Bool, "TRUE"),
            (Kind::Bool, "1"),
            (Kind::Bytes, "a"),
            (Kind::Bytes, "*"),
        ] {
            assert_eq!(parse(&kind, text), None, "{kind:?} {text}");
        }
    }

    #[test]
    fn text_of_the_kind_is_read() {
        for (kind, text, value) in [
            (Kind::Int32, "-7", Value::I32(-7)),
            (Kind::Uint64, "18446744073709551615", Value::U64(u64::MAX)),
            (Kind::Double, "-1.5e3", Value::F64(-1500.0)),
            (Kind::Float, ".5", Value::F32(0.5)),
            (Kind::Double, "Infinity", Value::F64(f64::INFINITY)),
            (Kind::Bool, "true", Value::Bool(true)),
            (Kind::Bytes, "_-8", Value::Bytes(vec![0xff, 0xef].into())),
            (Kind::Bytes, "/+8=", Value::Bytes(vec![0xff, 0xef].into())),
        ] {
            assert_eq!(parse(&kind, text), Some(value), "{kind:?} {text}");
        }
    }
}
