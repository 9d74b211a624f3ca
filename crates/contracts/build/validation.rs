//! Writes, for each message, the check of the field rules that its `buf.validate` annotations declare.

use std::fmt::Write;

use anyhow::{Result, bail};
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage,
    Value,
};

use crate::naming;

pub fn generate(pool: &DescriptorPool) -> Result<String> {
    let mut out = String::new();
    for message in pool
        .all_messages()
        .filter(|message| message.package_name().starts_with("entente."))
    {
        if message.is_map_entry() {
            continue;
        }
        write_message(&mut out, pool, &message)?;
    }
    Ok(out)
}

fn write_message(out: &mut String, pool: &DescriptorPool, message: &MessageDescriptor) -> Result<()> {
    let mut body = String::new();
    for field in message
        .fields()
        .filter(|field| field.containing_oneof().is_none() && !field.is_map())
    {
        write_field(&mut body, pool, &field)?;
    }
    let path = naming::type_path(message.package_name(), message.name());
    let used = if body.is_empty() { "_" } else { "" };
    writeln!(
        out,
        "impl CheckFields for {path} {{ fn check_fields(&self, {used}at: &Path<'_>, \
         {used}violations: &mut Violations) {{\n{body}}} }}"
    )?;
    Ok(())
}

fn write_field(out: &mut String, pool: &DescriptorPool, field: &FieldDescriptor) -> Result<()> {
    let rules = field_rules(pool, field)?;
    let (name, member) = (field.name(), naming::member(field.name()));
    let own_message =
        matches!(field.kind(), Kind::Message(inner) if inner.package_name().starts_with("entente."));
    let required = rules.as_ref().is_some_and(|rules| is_true(rules, "required"));
    let typed = rules.as_ref().and_then(typed_rules);

    if field.cardinality() == Cardinality::Repeated {
        return write_repeated(out, field, typed, own_message);
    }
    if let Kind::Message(_) = field.kind() {
        if required {
            writeln!(
                out,
                "violations.required_message(at, {name:?}, self.{member}.is_none());"
            )?;
        }
        if own_message {
            writeln!(
                out,
                "if let Some(inner) = &self.{member} {{ inner.check_fields(&at.field({name:?}), violations); }}"
            )?;
        }
        return Ok(());
    }
    if rules.is_none() {
        return Ok(());
    }
    if required {
        let is_text = matches!(field.kind(), Kind::String | Kind::Bytes);
        let zero = if is_text {
            format!("self.{member}.is_empty()")
        } else {
            format!("self.{member} == 0")
        };
        writeln!(out, "violations.required(at, {name:?}, {zero});")?;
    }
    if let Some((kind, typed)) = typed {
        let place = format!("&at.field({name:?})");
        write_scalar(out, field, &kind, &typed, &format!("self.{member}"), &place)?;
    }
    Ok(())
}

fn write_repeated(
    out: &mut String,
    field: &FieldDescriptor,
    typed: Option<(String, DynamicMessage)>,
    own_message: bool,
) -> Result<()> {
    let (name, member) = (field.name(), naming::member(field.name()));
    if let Some((kind, rules)) = &typed {
        if kind != "repeated" {
            bail!("{}: a repeated field takes `repeated` rules", field.full_name());
        }
        if let Some(most) = number(rules, "max_items") {
            writeln!(
                out,
                "violations.max_items(at, {name:?}, self.{member}.len(), {most});"
            )?;
        }
        if is_true(rules, "unique") {
            writeln!(out, "violations.unique(at, {name:?}, &self.{member});")?;
        }
    }
    if own_message {
        writeln!(
            out,
            "for (index, item) in self.{member}.iter().enumerate() {{ \
             item.check_fields(&at.item({name:?}, index), violations); }}"
        )?;
    }
    Ok(())
}

fn write_scalar(
    out: &mut String,
    field: &FieldDescriptor,
    kind: &str,
    rules: &DynamicMessage,
    value: &str,
    place: &str,
) -> Result<()> {
    match kind {
        "string" => {
            let text = |name: &str| {
                rules
                    .get_field_by_name(name)
                    .filter(|_| rules.has_field_by_name(name))
            };
            let allowed = rules
                .get_field_by_name("in")
                .map(|list| strings(&list))
                .unwrap_or_default();
            writeln!(
                out,
                "violations.string({place}, &{value}, &StringRules {{ min: {:?}, max: {:?}, prefix: {:?}, \
                 email: {}, one_of: &{:?} }});",
                number(rules, "len").or(number(rules, "min_len")),
                number(rules, "len").or(number(rules, "max_len")),
                text("prefix").and_then(|value| value.as_str().map(str::to_owned)),
                is_true(rules, "email"),
                allowed,
            )?;
        }
        "int32" | "int64" => {
            writeln!(
                out,
                "violations.integer({place}, i64::from({value}), {:?}, {:?});",
                integer(rules, "gte"),
                integer(rules, "lte")
            )?;
        }
        "enum" => {
            let Kind::Enum(descriptor) = field.kind() else {
                bail!("{} is no enum", field.full_name())
            };
            let path = naming::type_path(descriptor.package_name(), descriptor.name());
            if is_true(rules, "defined_only") {
                writeln!(
                    out,
                    "violations.defined({place}, {path}::try_from({value}).is_ok());"
                )?;
            }
        }
        other => bail!(
            "{}: rules for {other} are not supported by build/validation.rs",
            field.full_name()
        ),
    }
    Ok(())
}

fn field_rules(pool: &DescriptorPool, field: &FieldDescriptor) -> Result<Option<DynamicMessage>> {
    let Some(extension) = pool.get_extension_by_name("buf.validate.field") else {
        bail!("buf/validate/validate.proto is not compiled");
    };
    let options = field.options();
    if !options.has_extension(&extension) {
        return Ok(None);
    }
    Ok(options.get_extension(&extension).as_message().cloned())
}

/// The rules of the field's type, with the name of the type.
fn typed_rules(rules: &DynamicMessage) -> Option<(String, DynamicMessage)> {
    let oneof = rules.descriptor().oneofs().next()?;
    let set = oneof.fields().find(|field| rules.has_field(field))?;
    let typed = rules.get_field(&set).as_message()?.clone();
    Some((set.name().to_owned(), typed))
}

fn is_true(rules: &DynamicMessage, name: &str) -> bool {
    rules
        .get_field_by_name(name)
        .is_some_and(|value| *value == Value::Bool(true))
}

fn number(rules: &DynamicMessage, name: &str) -> Option<u64> {
    rules
        .get_field_by_name(name)
        .filter(|_| rules.has_field_by_name(name))?
        .as_u64()
}

fn integer(rules: &DynamicMessage, name: &str) -> Option<i64> {
    let value = rules
        .get_field_by_name(name)
        .filter(|_| rules.has_field_by_name(name))?;
    value.as_i64().or_else(|| value.as_i32().map(i64::from))
}

fn strings(value: &Value) -> Vec<String> {
    let items = value.as_list().unwrap_or_default();
    items
        .iter()
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}
