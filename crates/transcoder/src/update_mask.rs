//! Which fields an update names, where its sender gave no mask: those that stand in the body.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde_json::Value as Json;

use crate::binding::{Binding, Body};
use crate::field;
use crate::well_known::{JsonForm, json_form};

/// The standard name of the field by which an update is conditional (<https://google.aip.dev/154>): it says which state
/// the sender saw, and is nothing to change.
const ETAG: &str = "etag";

/// Fills `update_mask` of a PATCH whose body is one field, from the keys of that body but for its etag. A mask that was
/// given stays.
pub(crate) fn derive(binding: &Binding, body: &Json, message: &mut DynamicMessage) {
    let Body::Field(resource) = &binding.body else {
        return;
    };
    let (Some(mask), Some(desc)) = (mask_field(&binding.method.input()), field::nested(resource)) else {
        return;
    };
    if binding.http_method != "PATCH" || message.has_field(&mask) {
        return;
    }
    let bound = binding
        .variables
        .iter()
        .map(|(_, field)| field.proto_name())
        .collect::<Vec<_>>();
    let mut paths = Vec::new();
    collect(&desc, body, "", &mut paths);
    paths.retain(|path| path != ETAG && !bound.contains(&format!("{}.{path}", resource.name())));
    if paths.is_empty() {
        return;
    }
    let paths = Value::List(paths.into_iter().map(Value::String).collect());
    if let Some(mask) = message.get_field_mut(&mask).as_message_mut() {
        mask.set_field_by_name("paths", paths);
    }
}

fn mask_field(request: &MessageDescriptor) -> Option<FieldDescriptor> {
    let field = request
        .get_field_by_name("update_mask")
        .filter(|field| !field.is_list())?;
    let Kind::Message(message) = field.kind() else {
        return None;
    };
    (json_form(&message) == JsonForm::FieldMask).then_some(field)
}

/// Adds the path of every value in the object; an object without keys is a value.
fn collect(desc: &MessageDescriptor, value: &Json, at: &str, paths: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let Some(field) = field::find(desc, name) else {
            continue;
        };
        let path = if at.is_empty() {
            field.name().to_owned()
        } else {
            format!("{at}.{}", field.name())
        };
        let inner =
            field::nested(&field).filter(|_| value.as_object().is_some_and(|object| !object.is_empty()));
        match inner {
            Some(inner) => collect(&inner, value, &path, paths),
            None => paths.push(path),
        }
    }
}
