//! One way to reach a method, as an OpenAPI operation.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::comments::{Comments, first_sentence};
use super::parameters;
use super::schema::Schemas;
use crate::binding::{Binding, Body};
use crate::well_known::{JsonForm, json_form};

/// Describes operations, and gathers the schemas that they name.
pub(super) struct Operations<'a> {
    comments: &'a Comments,
    schemas: Schemas<'a>,
    /// The wildcards' names by the shape of their path. The first to use a shape names them.
    names: HashMap<String, Vec<String>>,
}

impl<'a> Operations<'a> {
    pub(super) fn new(comments: &'a Comments) -> Self {
        Self {
            comments,
            schemas: Schemas::new(comments),
            names: HashMap::new(),
        }
    }

    pub(super) fn into_schemas(self) -> BTreeMap<String, Value> {
        self.schemas.into_components()
    }

    /// The path and the operation of a method's binding; `index` counts the bindings of one method.
    pub(super) fn describe(
        &mut self,
        binding: &Binding,
        tag: &str,
        index: usize,
    ) -> (String, Map<String, Value>) {
        let method = &binding.method;
        let shape = parameters::shape(&binding.template);
        let names = self
            .names
            .entry(shape)
            .or_insert_with(|| parameters::wildcard_names(binding));
        let path = parameters::path(binding, names, &mut self.schemas);
        let mut parameters = path.parameters;
        parameters.extend(parameters::query(binding, &mut self.schemas));

        let mut operation = Map::new();
        let mut set = |name: &str, value: Value| operation.insert(name.to_owned(), value);
        set("operationId", operation_id(tag, method.name(), index).into());
        set("tags", json!([tag]));
        if let Some(comment) = self.comments.at(&method.parent_file(), method.path()) {
            set("summary", first_sentence(comment).into());
            set("description", comment.into());
        }
        if method
            .method_descriptor_proto()
            .options
            .as_ref()
            .is_some_and(|options| options.deprecated())
        {
            set("deprecated", true.into());
        }
        if !parameters.is_empty() {
            set("parameters", parameters.into());
        }
        if let Some(schema) = self.request_body(binding) {
            set(
                "requestBody",
                json!({ "content": { "application/json": { "schema": schema } } }),
            );
        }
        set("responses", self.responses(binding));
        (path.template, operation)
    }

    fn request_body(&mut self, binding: &Binding) -> Option<Value> {
        let input = binding.method.input();
        match &binding.body {
            Body::None => None,
            Body::Field(field) => Some(self.schemas.field(field)),
            Body::Whole if binding.variables.is_empty() || json_form(&input) != JsonForm::Fields => {
                Some(self.schemas.message(&input))
            }
            Body::Whole => {
                let in_path: Vec<_> = binding
                    .variables
                    .iter()
                    .map(|(_, field)| field.proto_name())
                    .collect();
                Some(
                    self.schemas
                        .object(&input, |field| !in_path.iter().any(|name| name == field.name())),
                )
            }
        }
    }

    fn responses(&mut self, binding: &Binding) -> Value {
        let schema = match &binding.response_body {
            Some(field) => self.schemas.field(field),
            None => self.schemas.message(&binding.method.output()),
        };
        json!({
            "200": { "description": "It was done.", "content": { "application/json": { "schema": schema } } },
            "default": { "$ref": "#/components/responses/Problem" },
        })
    }
}

fn operation_id(tag: &str, method: &str, index: usize) -> String {
    let tag = tag.replace('.', "_");
    match index {
        0 => format!("{tag}_{method}"),
        _ => format!("{tag}_{method}_{}", index.saturating_add(1)),
    }
}
