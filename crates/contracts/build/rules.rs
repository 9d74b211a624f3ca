//! Reads the access rule of every method, and says what is wrong with those that have none or a bad one.

use prost_reflect::{
    DescriptorPool, DynamicMessage, Kind, MessageDescriptor, MethodDescriptor, ReflectMessage, Value,
};

const RULE: &str = "entente.access.v1.rule";

/// A method and its rule, in the names of the contract.
pub struct Method {
    pub descriptor: MethodDescriptor,
    pub caller: String,
    pub resource: String,
    pub action: String,
    pub organization: Option<String>,
    pub scope: Option<String>,
    pub gate: String,
    pub recent_auth: bool,
    pub legal_representative: bool,
    pub exempt: bool,
    pub delegation: String,
    pub module: String,
    pub services: Vec<String>,
}

/// The methods of all services of Entente with their rules, or one line for each that is wrong.
pub fn collect(pool: &DescriptorPool) -> Result<Vec<Method>, Vec<String>> {
    let (mut methods, mut problems) = (Vec::new(), Vec::new());
    for service in pool
        .services()
        .filter(|service| service.full_name().starts_with("entente."))
    {
        for descriptor in service.methods() {
            match read(pool, descriptor.clone()) {
                Ok(method) => methods.push(method),
                Err(problem) => problems.push(format!("  {}: {problem}", descriptor.full_name())),
            }
        }
    }
    if problems.is_empty() {
        Ok(methods)
    } else {
        Err(problems)
    }
}

fn read(pool: &DescriptorPool, descriptor: MethodDescriptor) -> Result<Method, String> {
    let extension = pool
        .get_extension_by_name(RULE)
        .ok_or("entente/access/v1/access.proto is not compiled")?;
    let options = descriptor.options();
    if !options.has_extension(&extension) {
        return Err(format!(
            "add `option ({RULE}) = {{ … }}`: without it nobody may call it"
        ));
    }
    let value = options.get_extension(&extension);
    let rule = value.as_message().ok_or("the rule is not a message")?;
    let method = Method {
        caller: enum_name(rule, "caller"),
        resource: enum_name(rule, "resource"),
        action: enum_name(rule, "action"),
        organization: text(rule, "organization"),
        scope: text(rule, "scope"),
        gate: enum_name(rule, "gate"),
        recent_auth: flag(rule, "recent_auth"),
        legal_representative: flag(rule, "legal_representative"),
        exempt: flag(rule, "exempt"),
        delegation: enum_name(rule, "delegation"),
        module: enum_name(rule, "module"),
        services: texts(rule, "services"),
        descriptor,
    };
    check(&method)?;
    if let Some(unknown) = method.services.iter().find(|name| !is_service(pool, name)) {
        return Err(format!("there is no service `{unknown}` in the contract"));
    }
    Ok(method)
}

/// Whether a service of this name has methods: `entente.partners.v1` is that of `partners`.
fn is_service(pool: &DescriptorPool, name: &str) -> bool {
    let package = format!("entente.{name}.");
    pool.services()
        .any(|service| service.package_name().starts_with(&package))
}

fn check(method: &Method) -> Result<(), String> {
    if !method.services.is_empty() && method.caller != "CALLER_INTERNAL" {
        return Err("only a rule for internal callers names services".to_owned());
    }
    if method.caller != "CALLER_UNSPECIFIED" {
        if method.resource != "RESOURCE_UNSPECIFIED" || method.organization.is_some() {
            return Err("a rule with a caller names no resource and no organization".to_owned());
        }
        return Ok(());
    }
    if method.resource == "RESOURCE_UNSPECIFIED" || method.action == "ACTION_UNSPECIFIED" {
        return Err("name a caller, or a resource and an action".to_owned());
    }
    let organization = method
        .organization
        .as_deref()
        .ok_or("name the field of the organization acted upon")?;
    for path in [Some(organization), method.scope.as_deref()]
        .into_iter()
        .flatten()
    {
        string_field(&method.descriptor.input(), path)?;
    }
    Ok(())
}

/// The dotted path must lead through singular messages to a singular string.
fn string_field(message: &MessageDescriptor, path: &str) -> Result<(), String> {
    let (head, tail) = path
        .split_once('.')
        .map_or((path, None), |(head, tail)| (head, Some(tail)));
    let field = message
        .get_field_by_name(head)
        .filter(|field| !field.is_list() && !field.is_map())
        .ok_or_else(|| format!("{} has no singular field `{head}`", message.full_name()))?;
    match (field.kind(), tail) {
        (Kind::Message(inner), Some(tail)) => string_field(&inner, tail),
        (Kind::String, None) => Ok(()),
        _ => Err(format!("`{path}` in {} is not a string", message.full_name())),
    }
}

fn enum_name(rule: &DynamicMessage, field: &str) -> String {
    let value = rule
        .get_field_by_name(field)
        .and_then(|value| value.as_enum_number());
    let kind = rule
        .descriptor()
        .get_field_by_name(field)
        .map(|field| field.kind());
    match (kind, value) {
        (Some(Kind::Enum(descriptor)), Some(number)) => descriptor
            .get_value(number)
            .map(|value| value.name().to_owned())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

fn text(rule: &DynamicMessage, field: &str) -> Option<String> {
    rule.get_field_by_name(field)
        .and_then(|value| value.as_str().map(str::to_owned))
        .filter(|text| !text.is_empty())
}

fn texts(rule: &DynamicMessage, field: &str) -> Vec<String> {
    let value = rule.get_field_by_name(field);
    let values = value
        .as_ref()
        .and_then(|value| value.as_list())
        .unwrap_or_default();
    values
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn flag(rule: &DynamicMessage, field: &str) -> bool {
    rule.get_field_by_name(field)
        .is_some_and(|value| *value == Value::Bool(true))
}
