//! How a method is reached over HTTP, read from its `google.api.http` option and checked against its messages.

mod rule;

use prost_reflect::{FieldDescriptor, MethodDescriptor};

use crate::field::FieldPath;
use crate::template::{Template, Variable};
use rule::Rule;

/// Why a table of routes, or a description of them, can't be made from the descriptors.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A method's HTTP rule doesn't fit the method or isn't well formed.
    #[error("{method}: its HTTP rule {problem}; mend the rule")]
    Rule {
        /// The full name of the method.
        method: String,
        /// What is wrong, to follow "its HTTP rule".
        problem: String,
    },
    /// Two rules answer the same requests.
    #[error("{method} and {other}: both answer {http_method} {template}; change one of the two paths")]
    Ambiguous {
        /// The full name of the method that came second.
        method: String,
        /// The full name of the method that came first.
        other: String,
        /// The HTTP method that both answer.
        http_method: String,
        /// The path template of the second.
        template: String,
    },
}

/// Where the body of a request goes.
#[derive(Clone)]
pub(crate) enum Body {
    None,
    /// Into all fields that the path doesn't bind.
    Whole,
    Field(FieldDescriptor),
}

/// One way to reach a method over HTTP.
#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) method: MethodDescriptor,
    pub(crate) http_method: String,
    pub(crate) template: Template,
    /// The template as it was written.
    pub(crate) text: String,
    pub(crate) variables: Vec<(Variable, FieldPath)>,
    pub(crate) body: Body,
    /// The response field that is the body, where it isn't the whole response.
    pub(crate) response_body: Option<FieldDescriptor>,
}

/// All ways to reach a method over HTTP. None for a method without a rule, and for one that streams.
pub(crate) fn of(method: &MethodDescriptor) -> Result<Vec<Binding>, BuildError> {
    if method.is_client_streaming() || method.is_server_streaming() {
        return Ok(Vec::new());
    }
    let wrong = |problem| BuildError::Rule {
        method: method.full_name().to_owned(),
        problem,
    };
    let rules = rule::of(method).map_err(wrong)?;
    rules
        .into_iter()
        .map(|rule| Binding::new(method, rule).map_err(wrong))
        .collect()
}

impl Binding {
    fn new(method: &MethodDescriptor, rule: Rule) -> Result<Self, String> {
        let input = method.input();
        let template = Template::parse(&rule.path)
            .map_err(|problem| format!("has the path `{}`, which {problem}", rule.path))?;
        let mut variables = Vec::new();
        for variable in &template.variables {
            let field = FieldPath::resolve(&input, &variable.field).filter(|path| !path.leaf.is_list());
            let field = field.ok_or_else(|| {
                format!(
                    "has the variable `{}`, which is no single plain field of {}",
                    variable.field,
                    input.full_name()
                )
            })?;
            variables.push((variable.clone(), field));
        }
        let body = match rule.body.as_str() {
            "" => Body::None,
            _ if rule.http_method == "GET" => return Err("gives a GET a body".to_owned()),
            "*" => Body::Whole,
            name => Body::Field(input.get_field_by_name(name).ok_or_else(|| {
                format!(
                    "has the body `{name}`, which is no field of {}",
                    input.full_name()
                )
            })?),
        };
        let output = method.output();
        let response_body = match rule.response_body.as_str() {
            "" => None,
            name => Some(output.get_field_by_name(name).ok_or_else(|| {
                format!(
                    "has the response_body `{name}`, which is no field of {}",
                    output.full_name()
                )
            })?),
        };
        Ok(Self {
            method: method.clone(),
            http_method: rule.http_method,
            template,
            text: rule.path,
            variables,
            body,
            response_body,
        })
    }

    /// Whether the path or the body gives this field, so that a query parameter can't.
    pub(crate) fn binds(&self, field: &FieldPath) -> bool {
        let by_body = match &self.body {
            Body::None => false,
            Body::Whole => true,
            Body::Field(body) => body == field.top(),
        };
        by_body
            || self
                .variables
                .iter()
                .any(|(_, bound)| bound.proto_name() == field.proto_name())
    }
}
