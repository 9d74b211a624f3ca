//! Path and query parameters of one way to reach a method.

use prost_reflect::{FieldDescriptor, MessageDescriptor};
use serde_json::{Value, json};

use super::schema::Schemas;
use crate::binding::{Binding, Body};
use crate::field::{self, FieldPath};
use crate::scalar;
use crate::template::{Segment, Template, Variable};

/// A path as OpenAPI writes it, and its parameters.
pub(super) struct Path {
    pub(super) template: String,
    pub(super) parameters: Vec<Value>,
}

/// The shape of a template's paths: two of the same shape must name their parameters alike.
pub(super) fn shape(template: &Template) -> String {
    render(template, &mut |_| String::new())
}

/// The names of a template's wildcards, from the fields that they fill, each once.
pub(super) fn wildcard_names(binding: &Binding) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (position, segment) in binding.template.segments.iter().enumerate() {
        if matches!(segment, Segment::Literal(_)) {
            continue;
        }
        let name = match at(binding, position) {
            Some((_, field)) => field.leaf.json_name().to_owned(),
            None => "segment".to_owned(),
        };
        let mut unique = name.clone();
        let mut ordinal = 2_usize;
        while names.contains(&unique) {
            unique = format!("{name}{ordinal}");
            ordinal = ordinal.saturating_add(1);
        }
        names.push(unique);
    }
    names
}

/// The path, with its wildcards under these names.
pub(super) fn path(binding: &Binding, names: &[String], schemas: &mut Schemas<'_>) -> Path {
    let mut next = names.iter();
    let mut parameters = Vec::new();
    let template = render(&binding.template, &mut |position| {
        let name = next.next().cloned().unwrap_or_default();
        parameters.push(path_parameter(binding, position, &name, schemas));
        name
    });
    Path { template, parameters }
}

fn path_parameter(binding: &Binding, position: usize, name: &str, schemas: &mut Schemas<'_>) -> Value {
    let mut parameter =
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
    let Some(((variable, field), object)) = at(binding, position).zip(parameter.as_object_mut()) else {
        return parameter;
    };
    let mut description: Vec<String> = schemas
        .comment(&field.leaf)
        .map(str::to_owned)
        .into_iter()
        .collect();
    if binding.template.spans_segments(variable) {
        let pattern: Vec<_> = binding.template.covered(variable).map(written).collect();
        description.push(format!(
            "Stands for a wildcard in `{}`, which is `{}`.",
            field.json_name(),
            pattern.join("/")
        ));
    } else {
        object.insert("schema".to_owned(), schemas.kind(&field.leaf.kind()));
    }
    if !description.is_empty() {
        object.insert("description".to_owned(), description.join("\n\n").into());
    }
    parameter
}

fn at(binding: &Binding, position: usize) -> Option<(&Variable, &FieldPath)> {
    let found = binding
        .variables
        .iter()
        .find(|(variable, _)| variable.covers.contains(&position));
    found.map(|(variable, field)| (variable, field))
}

fn written(segment: &Segment) -> &str {
    match segment {
        Segment::Literal(text) => text,
        Segment::One => "*",
        Segment::Rest => "**",
    }
}

fn render(template: &Template, name: &mut dyn FnMut(usize) -> String) -> String {
    let mut path = String::new();
    for (position, segment) in template.segments.iter().enumerate() {
        path.push('/');
        match segment {
            Segment::Literal(text) => path.push_str(text),
            Segment::One | Segment::Rest => path.push_str(&format!("{{{}}}", name(position))),
        }
    }
    if let Some(verb) = &template.verb {
        path.push(':');
        path.push_str(verb);
    }
    if path.is_empty() { "/".to_owned() } else { path }
}

/// The query parameters: every textual field that neither the path nor the body gives.
pub(super) fn query(binding: &Binding, schemas: &mut Schemas<'_>) -> Vec<Value> {
    let mut parameters = Vec::new();
    if !matches!(binding.body, Body::Whole) {
        collect(
            binding,
            &binding.method.input(),
            &mut Vec::new(),
            schemas,
            &mut parameters,
        );
    }
    parameters
}

fn collect(
    binding: &Binding,
    message: &MessageDescriptor,
    parents: &mut Vec<FieldDescriptor>,
    schemas: &mut Schemas<'_>,
    parameters: &mut Vec<Value>,
) {
    for field in message.fields() {
        let path = FieldPath::new(parents, field.clone());
        if binding.binds(&path) {
            continue;
        }
        if let Some(inner) = field::nested(&field) {
            // A message within itself would never end.
            if inner == *message || parents.iter().any(|parent| parent.parent_message() == &inner) {
                continue;
            }
            parents.push(field);
            collect(binding, &inner, parents, schemas, parameters);
            parents.pop();
            continue;
        }
        if field.is_map() || !scalar::is_textual(&field.kind()) {
            continue;
        }
        let mut schema = schemas.kind(&field.kind());
        if field.is_list() {
            schema = json!({ "type": "array", "items": schema });
        }
        let mut parameter = json!({ "name": path.json_name(), "in": "query", "schema": schema });
        if let (Some(object), Some(comment)) = (parameter.as_object_mut(), schemas.comment(&field)) {
            object.insert("description".to_owned(), comment.into());
        }
        parameters.push(parameter);
    }
}
