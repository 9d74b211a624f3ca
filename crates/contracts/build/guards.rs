//! Writes a wrapper for each server trait that asks the guard, then checks the field rules, then calls the handler.

use std::fmt::Write;

use anyhow::Result;
use heck::{ToSnakeCase, ToUpperCamelCase};
use prost_reflect::{DescriptorPool, Kind};

use crate::naming;
use crate::rules::Method;

pub fn generate(pool: &DescriptorPool, methods: &[Method]) -> Result<String> {
    let mut out = String::new();
    write_rules(&mut out, methods)?;
    write_classes(&mut out, pool)?;
    for service in pool
        .services()
        .filter(|service| service.full_name().starts_with("entente."))
    {
        let own: Vec<_> = methods
            .iter()
            .enumerate()
            .filter(|(_, method)| method.descriptor.parent_service().full_name() == service.full_name())
            .collect();
        write_service(&mut out, service.package_name(), service.name(), &own)?;
    }
    Ok(out)
}

fn write_rules(out: &mut String, methods: &[Method]) -> Result<()> {
    writeln!(
        out,
        "/// The rule of every method of the contract, in the order of the files."
    )?;
    writeln!(out, "pub static METHODS: [MethodRule; {}] = [", methods.len())?;
    for method in methods {
        let service = method.descriptor.parent_service();
        writeln!(
            out,
            "MethodRule {{ service: {:?}, method: {:?}, caller: Caller::{}, resource: Resource::{}, \
             action: Action::{}, organization: {:?}, scope: {:?}, gate: Gate::{}, recent_auth: {}, \
             legal_representative: {}, exempt: {}, delegation: DelegationFlag::{}, module: Module::{}, \
             services: &{:?} }},",
            service.full_name(),
            method.descriptor.name(),
            variant(&method.caller, "CALLER_"),
            variant(&method.resource, "RESOURCE_"),
            variant(&method.action, "ACTION_"),
            method.organization,
            method.scope,
            variant(&method.gate, "GATE_"),
            method.recent_auth,
            method.legal_representative,
            method.exempt,
            variant(&method.delegation, "DELEGATION_FLAG_"),
            variant(&method.module, "MODULE_"),
            method.services,
        )?;
    }
    writeln!(out, "];")?;
    Ok(())
}

fn write_classes(out: &mut String, pool: &DescriptorPool) -> Result<()> {
    writeln!(out, "/// The class of a resource, as the contract says.")?;
    writeln!(
        out,
        "pub fn class_of(resource: Resource) -> ResourceClass {{ match resource {{"
    )?;
    let extension = pool.get_extension_by_name("entente.access.v1.class");
    let resources = pool.get_enum_by_name("entente.access.v1.Resource");
    let (Some(extension), Some(resources)) = (extension, resources) else {
        anyhow::bail!("entente/access/v1/access.proto is not compiled");
    };
    let Kind::Enum(classes) = extension.kind() else {
        anyhow::bail!("`class` is not an enum")
    };
    for value in resources.values() {
        let number = value
            .options()
            .get_extension(&extension)
            .as_enum_number()
            .unwrap_or_default();
        if number == 0 && value.number() != 0 {
            anyhow::bail!("{} has no class", value.name());
        }
        let class = classes
            .get_value(number)
            .map(|class| class.name().to_owned())
            .unwrap_or_default();
        writeln!(
            out,
            "Resource::{} => ResourceClass::{},",
            variant(value.name(), "RESOURCE_"),
            variant(&class, "RESOURCE_CLASS_")
        )?;
    }
    writeln!(out, "}} }}")?;
    Ok(())
}

fn write_service(out: &mut String, package: &str, name: &str, methods: &[(usize, &Method)]) -> Result<()> {
    let module = format!(
        "crate::{}::{}_server",
        package.replace('.', "::"),
        name.to_snake_case()
    );
    writeln!(
        out,
        "/// [`{module}::{name}`] behind a guard: no handler is reached unchecked.\n\
         #[derive(Debug, Clone)] pub struct Guarded{name}<S> {{ inner: std::sync::Arc<S>, guard: SharedGuard }}\n\
         impl<S: {module}::{name}> Guarded{name}<S> {{\n\
         /// The server to mount: `inner` behind `guard`.\n\
         pub fn server(inner: S, guard: SharedGuard) -> {module}::{name}Server<Self> {{\n\
         {module}::{name}Server::new(Self {{ inner: std::sync::Arc::new(inner), guard }}) }} }}\n\
         #[tonic::async_trait] impl<S: {module}::{name}> {module}::{name} for Guarded{name}<S> {{"
    )?;
    for (index, method) in methods {
        write_method(out, *index, method)?;
    }
    writeln!(out, "}}")?;
    Ok(())
}

fn write_method(out: &mut String, index: usize, method: &Method) -> Result<()> {
    let descriptor = &method.descriptor;
    if descriptor.is_client_streaming() {
        anyhow::bail!(
            "{}: requests that stream have no guard yet",
            descriptor.full_name()
        );
    }
    let (input, output) = (descriptor.input(), descriptor.output());
    let request = naming::type_path(input.package_name(), input.name());
    let name = naming::member(descriptor.name());
    let answer = if descriptor.is_server_streaming() {
        let stream = format!("{}Stream", descriptor.name().to_upper_camel_case());
        writeln!(out, "type {stream} = S::{stream};")?;
        format!("Self::{stream}")
    } else {
        naming::type_path(output.package_name(), output.name())
    };
    let target = |path: &Option<String>| path.as_deref().map_or("None".to_owned(), naming::string_at);
    writeln!(
        out,
        "async fn {name}(&self, request: tonic::Request<{request}>) \
         -> Result<tonic::Response<{answer}>, tonic::Status> {{\n\
         let (metadata, mut extensions, message) = request.into_parts();\n\
         let target = Target {{ organization: {}, product: {} }};\n\
         self.guard.check(&METHODS[{index}], target, &mut extensions).await?;\n\
         check_fields(&message)?;\n\
         self.inner.{name}(tonic::Request::from_parts(metadata, extensions, message)).await }}",
        target(&method.organization),
        target(&method.scope),
    )?;
    Ok(())
}

/// The Rust variant of an enum value; prost writes `Self_` where the word is Rust's own.
fn variant(name: &str, prefix: &str) -> String {
    let camel = name.strip_prefix(prefix).unwrap_or(name).to_upper_camel_case();
    if camel == "Self" {
        "Self_".to_owned()
    } else {
        camel
    }
}
