//! Messages and enums as JSON Schemas, by the proto3 JSON mapping.

use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::comments::Comments;
use crate::well_known::{JsonForm, json_form};

/// Schemas of the types that were named so far, and of all that these name.
pub(super) struct Schemas<'a> {
    comments: &'a Comments,
    made: BTreeMap<String, Value>,
}

impl<'a> Schemas<'a> {
    pub(super) const fn new(comments: &'a Comments) -> Self {
        Self {
            comments,
            made: BTreeMap::new(),
        }
    }

    pub(super) fn into_components(self) -> BTreeMap<String, Value> {
        self.made
    }

    /// The schema of a message: a reference, or what stands for a well-known one.
    pub(super) fn message(&mut self, message: &MessageDescriptor) -> Value {
        match json_form(message) {
            JsonForm::Fields => {
                self.define_message(message);
                reference(message.full_name())
            }
            JsonForm::Timestamp => json!({ "type": "string", "format": "date-time" }),
            JsonForm::Duration => json!({ "type": "string", "pattern": r"^-?\d+(\.\d{1,9})?s$" }),
            JsonForm::FieldMask => json!({ "type": "string" }),
            JsonForm::Wrapper => self.wrapper(message),
            JsonForm::Empty => json!({ "type": "object", "additionalProperties": false }),
            JsonForm::Struct => json!({ "type": "object" }),
            JsonForm::ListValue => json!({ "type": "array", "items": {} }),
            JsonForm::Value => json!({}),
            JsonForm::Any => {
                json!({ "type": "object", "properties": { "@type": { "type": "string" } }, "required": ["@type"] })
            }
        }
    }

    /// The schema of a field, with its comment.
    pub(super) fn field(&mut self, field: &FieldDescriptor) -> Value {
        let mut schema = if field.is_map() {
            self.map(field)
        } else {
            self.kind(&field.kind())
        };
        if field.is_list() {
            schema = json!({ "type": "array", "items": schema });
        }
        let description = self.comments.at(&field.parent_file(), field.path());
        let mut schema = described(schema, description);
        let deprecated = field
            .field_descriptor_proto()
            .options
            .as_ref()
            .is_some_and(|options| options.deprecated());
        if deprecated && let Some(object) = schema.as_object_mut() {
            object.insert("deprecated".to_owned(), true.into());
        }
        schema
    }

    /// The comment of a field.
    pub(super) fn comment(&self, field: &FieldDescriptor) -> Option<&'a str> {
        self.comments.at(&field.parent_file(), field.path())
    }

    /// An object with the message's fields that pass.
    pub(super) fn object(
        &mut self,
        message: &MessageDescriptor,
        passes: impl Fn(&FieldDescriptor) -> bool,
    ) -> Value {
        let mut properties = Map::new();
        for field in message.fields().filter(passes) {
            properties.insert(field.json_name().to_owned(), self.field(&field));
        }
        json!({ "type": "object", "properties": properties })
    }

    fn define_message(&mut self, message: &MessageDescriptor) {
        if self.made.contains_key(message.full_name()) {
            return;
        }
        // Known before its fields are: they may lead back here.
        self.made.insert(message.full_name().to_owned(), Value::Null);
        let schema = self.object(message, |_| true);
        let mut description: Vec<String> = self
            .comments
            .at(&message.parent_file(), message.path())
            .map(str::to_owned)
            .into_iter()
            .collect();
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let names: Vec<_> = oneof
                .fields()
                .map(|field| format!("`{}`", field.json_name()))
                .collect();
            description.push(format!("At most one is set of {}.", names.join(", ")));
        }
        let description = Some(description.join("\n\n")).filter(|text| !text.is_empty());
        self.made.insert(
            message.full_name().to_owned(),
            described(schema, description.as_deref()),
        );
    }

    fn define_enum(&mut self, choices: &EnumDescriptor) {
        if self.made.contains_key(choices.full_name()) {
            return;
        }
        let names: Vec<_> = choices.values().map(|value| value.name().to_owned()).collect();
        let comment = self.comments.at(&choices.parent_file(), choices.path());
        let mut description: Vec<String> = comment.map(str::to_owned).into_iter().collect();
        let explained: Vec<_> = choices
            .values()
            .filter_map(|value| {
                let comment = self.comments.at(&value.parent_file(), value.path())?;
                Some(format!("- `{}`: {}", value.name(), comment.replace('\n', " ")))
            })
            .collect();
        if !explained.is_empty() {
            description.push(explained.join("\n"));
        }
        let description = Some(description.join("\n\n")).filter(|text| !text.is_empty());
        let schema = described(json!({ "type": "string", "enum": names }), description.as_deref());
        self.made.insert(choices.full_name().to_owned(), schema);
    }

    fn map(&mut self, field: &FieldDescriptor) -> Value {
        let kind = field.kind();
        let Some(entry) = kind.as_message() else {
            return json!({ "type": "object" });
        };
        let values = self.kind(&entry.map_entry_value_field().kind());
        json!({ "type": "object", "additionalProperties": values })
    }

    fn wrapper(&mut self, message: &MessageDescriptor) -> Value {
        let Some(value) = message.get_field_by_name("value") else {
            return json!({});
        };
        let mut schema = self.kind(&value.kind());
        if let Some(name) = schema.get_mut("type") {
            *name = json!([name.take(), "null"]);
        }
        schema
    }

    /// The schema of one value of a kind. 64-bit numbers are strings: JavaScript could not hold them.
    pub(super) fn kind(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Double => json!({ "type": "number", "format": "double" }),
            Kind::Float => json!({ "type": "number", "format": "float" }),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({ "type": "integer", "format": "int32" }),
            Kind::Uint32 | Kind::Fixed32 => json!({ "type": "integer", "format": "uint32", "minimum": 0 }),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({ "type": "string", "format": "int64" }),
            Kind::Uint64 | Kind::Fixed64 => json!({ "type": "string", "format": "uint64" }),
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::Enum(choices) => {
                self.define_enum(choices);
                reference(choices.full_name())
            }
            Kind::Message(message) => self.message(message),
        }
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn described(mut schema: Value, description: Option<&str>) -> Value {
    if let (Some(object), Some(description)) = (schema.as_object_mut(), description) {
        object.insert("description".to_owned(), description.into());
    }
    schema
}
