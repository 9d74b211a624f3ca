//! The messages that have a JSON form of their own.

use prost_reflect::MessageDescriptor;

/// How a message stands in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonForm {
    /// An object with the message's fields.
    Fields,
    Timestamp,
    Duration,
    FieldMask,
    /// The JSON form of its one field, `value`.
    Wrapper,
    Empty,
    Struct,
    ListValue,
    /// Any JSON value.
    Value,
    Any,
}

/// The JSON form of a message, as the proto3 JSON mapping gives it.
pub(crate) fn json_form(message: &MessageDescriptor) -> JsonForm {
    let Some(name) = message.full_name().strip_prefix("google.protobuf.") else {
        return JsonForm::Fields;
    };
    match name {
        "Timestamp" => JsonForm::Timestamp,
        "Duration" => JsonForm::Duration,
        "FieldMask" => JsonForm::FieldMask,
        "DoubleValue" | "FloatValue" | "Int64Value" | "UInt64Value" | "Int32Value" | "UInt32Value"
        | "BoolValue" | "StringValue" | "BytesValue" => JsonForm::Wrapper,
        "Empty" => JsonForm::Empty,
        "Struct" => JsonForm::Struct,
        "ListValue" => JsonForm::ListValue,
        "Value" => JsonForm::Value,
        "Any" => JsonForm::Any,
        _ => JsonForm::Fields,
    }
}
