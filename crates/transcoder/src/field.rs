//! Paths to fields of a message, as they stand in templates and query parameters.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use crate::scalar;
use crate::well_known::{JsonForm, json_form};

/// Beyond this a receiver's decoder, which counts nesting as well, would refuse the message.
const MAX_DEPTH: usize = 32;

/// The way from a message to a field whose value can be written as text.
#[derive(Clone)]
pub(crate) struct FieldPath {
    parents: Vec<FieldDescriptor>,
    pub(crate) leaf: FieldDescriptor,
}

/// Finds a field by its proto name or its JSON name.
pub(crate) fn find(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    message
        .get_field_by_name(name)
        .or_else(|| message.get_field_by_json_name(name))
}

/// The message that a field holds, where it holds exactly one that is an object in JSON.
pub(crate) fn nested(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    if field.is_list() || field.is_map() {
        return None;
    }
    let Kind::Message(message) = field.kind() else {
        return None;
    };
    (json_form(&message) == JsonForm::Fields).then_some(message)
}

impl FieldPath {
    /// Follows a dotted path; `None` where it leads nowhere, or to what isn't written as text.
    pub(crate) fn resolve(message: &MessageDescriptor, dotted: &str) -> Option<Self> {
        let mut names = dotted.split('.').peekable();
        let mut message = message.clone();
        let mut parents = Vec::new();
        while let Some(name) = names.next() {
            let field = find(&message, name)?;
            if names.peek().is_none() {
                let textual = !field.is_map() && scalar::is_textual(&field.kind());
                return textual.then_some(Self { parents, leaf: field });
            }
            message = nested(&field)?;
            parents.push(field);
            if parents.len() > MAX_DEPTH {
                return None;
            }
        }
        None
    }

    /// The path one level deeper.
    pub(crate) fn new(parents: &[FieldDescriptor], leaf: FieldDescriptor) -> Self {
        Self {
            parents: parents.to_vec(),
            leaf,
        }
    }

    fn fields(&self) -> impl Iterator<Item = &FieldDescriptor> {
        self.parents.iter().chain(std::iter::once(&self.leaf))
    }

    /// The field of the message itself that the path goes through.
    pub(crate) fn top(&self) -> &FieldDescriptor {
        self.parents.first().unwrap_or(&self.leaf)
    }

    /// The path in proto names, the same however it was written.
    pub(crate) fn proto_name(&self) -> String {
        self.fields()
            .map(FieldDescriptor::name)
            .collect::<Vec<_>>()
            .join(".")
    }

    /// The path in JSON names.
    pub(crate) fn json_name(&self) -> String {
        self.fields()
            .map(FieldDescriptor::json_name)
            .collect::<Vec<_>>()
            .join(".")
    }

    /// Reads the text as a value of this field.
    pub(crate) fn parse(&self, text: &str) -> Result<Value, String> {
        let kind = self.leaf.kind();
        scalar::parse(&kind, text)
            .ok_or_else(|| format!("has a wrong value; give {}", scalar::kind_expectation(&kind)))
    }

    /// Sets the field, or adds to it where it is repeated.
    pub(crate) fn put(&self, message: &mut DynamicMessage, value: Value) -> Result<(), String> {
        let message = self.holder(message)?;
        exclude(message, &self.leaf)?;
        if !self.leaf.is_list() {
            message.set_field(&self.leaf, value);
            return Ok(());
        }
        if let Some(list) = message.get_field_mut(&self.leaf).as_list_mut() {
            list.push(value);
        }
        Ok(())
    }

    /// Sets the field, which may be there already with the same value only.
    pub(crate) fn agree(&self, message: &mut DynamicMessage, value: Value) -> Result<(), String> {
        let holder = self.holder(message)?;
        if holder.has_field(&self.leaf) && *holder.get_field(&self.leaf) != value {
            return Err("differs from the path; leave it out, or give the same value".to_owned());
        }
        exclude(holder, &self.leaf)?;
        holder.set_field(&self.leaf, value);
        Ok(())
    }

    /// The message that holds the field, made on the way where it isn't there yet.
    fn holder<'message>(
        &self,
        mut message: &'message mut DynamicMessage,
    ) -> Result<&'message mut DynamicMessage, String> {
        for parent in &self.parents {
            exclude(message, parent)?;
            let next = message.get_field_mut(parent).as_message_mut();
            message = next.ok_or_else(|| format!("`{}` holds no fields; leave it out", parent.name()))?;
        }
        Ok(message)
    }
}

/// Refuses a second member of a oneof: the last one would silently win.
fn exclude(message: &DynamicMessage, field: &FieldDescriptor) -> Result<(), String> {
    let Some(oneof) = field.containing_oneof() else {
        return Ok(());
    };
    let other = oneof
        .fields()
        .find(|other| other.number() != field.number() && message.has_field(other));
    match other {
        Some(other) => Err(format!(
            "can't stand beside `{}`; give one of them",
            other.json_name()
        )),
        None => Ok(()),
    }
}
