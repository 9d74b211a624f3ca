//! JSON as the contract's `google.protobuf.Value`.

use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};

/// The largest whole number up to which a double has them all.
const MOST_EXACT: u64 = 1 << 53;

/// Converts a value. A whole number that a double would round becomes a text, as in the JSON of an `int64`.
pub fn value(json: serde_json::Value) -> Value {
    let kind = match json {
        serde_json::Value::Null => Kind::NullValue(0),
        serde_json::Value::Bool(bool) => Kind::BoolValue(bool),
        serde_json::Value::Number(number) => self::number(&number),
        serde_json::Value::String(text) => Kind::StringValue(text),
        serde_json::Value::Array(values) => Kind::ListValue(ListValue {
            values: values.into_iter().map(value).collect(),
        }),
        serde_json::Value::Object(fields) => Kind::StructValue(Struct {
            fields: fields
                .into_iter()
                .map(|(name, field)| (name, value(field)))
                .collect(),
        }),
    };
    Value { kind: Some(kind) }
}

fn number(number: &serde_json::Number) -> Kind {
    let magnitude = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    let exact = magnitude.is_none_or(|magnitude| magnitude <= MOST_EXACT);
    match number.as_f64() {
        Some(double) if exact => Kind::NumberValue(double),
        Some(_) | None => Kind::StringValue(number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_number_that_a_double_would_round_stays_exact_as_text() {
        assert_eq!(value(json!(42)).kind, Some(Kind::NumberValue(42.0)));
        assert_eq!(value(json!(-1)).kind, Some(Kind::NumberValue(-1.0)));
        let large = 9_007_199_254_740_993_i64;
        assert_eq!(
            value(json!(large)).kind,
            Some(Kind::StringValue(large.to_string()))
        );
        assert_eq!(
            value(json!(-large)).kind,
            Some(Kind::StringValue((-large).to_string()))
        );
    }

    #[test]
    fn what_is_nested_keeps_its_form() {
        let Some(Kind::StructValue(object)) = value(json!({"brand": "visa", "tags": [null, true]})).kind
        else {
            panic!("not an object")
        };
        assert_eq!(
            object.fields["brand"].kind,
            Some(Kind::StringValue("visa".into()))
        );
        let Some(Kind::ListValue(list)) = &object.fields["tags"].kind else {
            panic!("not a list")
        };
        assert_eq!(list.values[1].kind, Some(Kind::BoolValue(true)));
    }
}
