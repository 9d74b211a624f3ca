//! An OpenAPI 3.1 description of what [`Rest`](crate::Rest) serves, made from the descriptors alone.

mod comments;
mod operation;
mod parameters;
mod problem;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor};
use serde_json::{Map, Value, json};

use crate::binding::{self, BuildError};
use comments::Comments;
use operation::Operations;

/// The HTTP methods that a path item can hold, in the order in which they stand.
const METHODS: [&str; 8] = [
    "get", "head", "put", "post", "patch", "delete", "options", "trace",
];

/// What the descriptors don't tell about an API.
#[derive(Debug, Clone, Default)]
pub struct Info {
    /// The API's name.
    pub title: String,
    /// The API's version.
    pub version: String,
    /// What the API is for, in Markdown.
    pub description: String,
    /// The base URLs under which it is reached.
    pub servers: Vec<String>,
}

/// Describes the methods that have an HTTP rule. Those for which `is_public` is true need no bearer token.
/// Descriptions are the contract's comments, so the pool must be built from a set that has its source info.
///
/// # Errors
/// A rule that doesn't fit its method.
pub fn document<'a>(
    pool: &DescriptorPool,
    methods: impl IntoIterator<Item = &'a MethodDescriptor>,
    info: &Info,
    is_public: impl Fn(&MethodDescriptor) -> bool,
) -> Result<Value, BuildError> {
    let methods: Vec<_> = methods.into_iter().collect();
    let comments = Comments::of(pool);
    let mut operations = Operations::new(&comments);
    let mut paths: BTreeMap<String, BTreeMap<usize, Value>> = BTreeMap::new();
    let mut tags = BTreeMap::new();
    for method in &methods {
        let service = method.parent_service();
        let tag = tag(service, &methods);
        for (index, binding) in binding::of(method)?.iter().enumerate() {
            let Some(place) = METHODS
                .iter()
                .position(|known| known.eq_ignore_ascii_case(&binding.http_method))
            else {
                continue;
            };
            let (path, mut operation) = operations.describe(binding, &tag, index);
            if is_public(method) {
                operation.insert("security".to_owned(), json!([]));
            }
            paths.entry(path).or_default().insert(place, operation.into());
            tags.insert(tag.clone(), comments.at(&service.parent_file(), service.path()));
        }
    }
    let mut schemas = operations.into_schemas();
    schemas.insert("Problem".to_owned(), problem::schema());
    Ok(json!({
        "openapi": "3.1.0",
        "info": described(info),
        "servers": info.servers.iter().map(|url| json!({ "url": url })).collect::<Vec<_>>(),
        "security": [{ "bearer": [] }],
        "tags": tags.into_iter().map(|(name, comment)| tag_object(&name, comment)).collect::<Vec<_>>(),
        "paths": paths.into_iter().map(|(path, methods)| (path, path_item(methods))).collect::<Map<_, _>>(),
        "components": {
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
            "responses": { "Problem": problem::response() },
            "schemas": Map::from_iter(schemas),
        },
    }))
}

fn described(info: &Info) -> Value {
    let mut object = Map::new();
    object.insert("title".to_owned(), info.title.as_str().into());
    if !info.description.is_empty() {
        object.insert("description".to_owned(), info.description.as_str().into());
    }
    object.insert("version".to_owned(), info.version.as_str().into());
    object.into()
}

fn path_item(methods: BTreeMap<usize, Value>) -> Value {
    let named = methods
        .into_iter()
        .filter_map(|(place, operation)| Some(((*METHODS.get(place)?).to_owned(), operation)));
    Value::Object(named.collect())
}

fn tag_object(name: &str, comment: Option<&str>) -> Value {
    match comment {
        Some(comment) => json!({ "name": name, "description": comment }),
        None => json!({ "name": name }),
    }
}

/// The service's name; with its package where another package has a service of that name.
fn tag(service: &ServiceDescriptor, methods: &[&MethodDescriptor]) -> String {
    let services = methods.iter().map(|method| method.parent_service());
    let namesakes = services
        .filter(|other| other.name() == service.name())
        .map(ServiceDescriptor::full_name);
    if namesakes.collect::<BTreeSet<_>>().len() > 1 {
        return service.full_name().to_owned();
    }
    service.name().to_owned()
}
