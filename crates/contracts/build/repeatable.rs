//! Says of each request with a `request_id` which method it is for.

use std::fmt::Write;

use anyhow::Result;
use prost_reflect::Kind;

use crate::naming;
use crate::rules::Method;

const FIELD: &str = "request_id";

pub fn generate(methods: &[Method]) -> Result<String> {
    let mut out = String::new();
    for Method { descriptor, .. } in methods {
        let input = descriptor.input();
        let field = input.get_field_by_name(FIELD);
        if field.is_none_or(|field| field.kind() != Kind::String || field.is_list()) {
            continue;
        }
        let service = descriptor.parent_service();
        let owner = service.package_name().split('.').nth(1).unwrap_or_default();
        writeln!(
            out,
            "impl Repeatable for {} {{\n\
             const SERVICE: &'static str = {owner:?};\n\
             const METHOD: &'static str = \"{}/{}\";\n\
             fn request_id(&self) -> &str {{ &self.{FIELD} }} }}",
            naming::type_path(input.package_name(), input.name()),
            service.full_name(),
            descriptor.name(),
        )?;
    }
    Ok(out)
}
