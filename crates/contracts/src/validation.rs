//! The field rules of the contract: `buf.validate` annotations, checked as a request enters a service.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

use tonic_types::{ErrorDetails, StatusExt};

/// One field that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field, as a dotted path in the names of the contract.
    pub field: String,
    /// What is wrong and how to mend it.
    pub description: String,
}

/// Checks a message against the rules that the contract declares for its fields.
///
/// # Errors
/// INVALID_ARGUMENT with one `BadRequest` field violation for each broken rule.
pub fn check_fields<M: CheckFields>(message: &M) -> Result<(), tonic::Status> {
    let mut violations = Violations::default();
    message.check_fields(&Path::Root, &mut violations);
    violations.into_result()
}

/// A message whose fields can be checked.
pub trait CheckFields {
    /// Adds a violation for each broken rule.
    fn check_fields(&self, at: &Path<'_>, violations: &mut Violations);
}

/// Where in a message a field stands.
pub enum Path<'a> {
    /// The message itself.
    Root,
    /// A field of it.
    Field(&'a Path<'a>, &'static str),
    /// An item of a repeated field.
    Item(&'a Path<'a>, &'static str, usize),
}

impl Path<'_> {
    pub(crate) fn field<'b>(&'b self, name: &'static str) -> Path<'b> {
        Path::Field(self, name)
    }

    pub(crate) fn item<'b>(&'b self, name: &'static str, index: usize) -> Path<'b> {
        Path::Item(self, name, index)
    }

    fn child(&self, name: &str) -> String {
        match self {
            Self::Root => name.to_owned(),
            Self::Field(..) | Self::Item(..) => format!("{self}.{name}"),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(parent, name) => f.write_str(&parent.child(name)),
            Self::Item(parent, name, index) => write!(f, "{}[{index}]", parent.child(name)),
        }
    }
}

/// The bounds of a string.
pub(crate) struct StringRules<'a> {
    pub(crate) min: Option<usize>,
    pub(crate) max: Option<usize>,
    pub(crate) prefix: Option<&'a str>,
    pub(crate) email: bool,
    pub(crate) one_of: &'a [&'a str],
}

/// The fields of a request that break their rules.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Adds one.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push(Violation {
            field: field.into(),
            description: description.into(),
        });
    }

    /// Turns them into the answer.
    ///
    /// # Errors
    /// INVALID_ARGUMENT `INVALID_FIELD` when there are any.
    pub fn into_result(self) -> Result<(), tonic::Status> {
        let Some(first) = self.0.first() else {
            return Ok(());
        };
        let message = format!("{}: {}", first.field, first.description);
        let mut details = ErrorDetails::with_error_info("INVALID_FIELD", "entente", []);
        for violation in &self.0 {
            details.add_bad_request_violation(&violation.field, &violation.description);
        }
        Err(tonic::Status::with_error_details(
            tonic::Code::InvalidArgument,
            message,
            details,
        ))
    }

    pub(crate) fn required(&mut self, at: &Path<'_>, name: &'static str, missing: bool) {
        if missing {
            self.add(at.child(name), "is missing: give a value");
        }
    }

    pub(crate) fn required_message(&mut self, at: &Path<'_>, name: &'static str, missing: bool) {
        if missing {
            self.add(at.child(name), "is missing: give an object");
        }
    }

    pub(crate) fn max_items(&mut self, at: &Path<'_>, name: &'static str, found: usize, most: usize) {
        if found > most {
            self.add(at.child(name), format!("has {found} items: give at most {most}"));
        }
    }

    pub(crate) fn unique<T: Eq + Hash>(&mut self, at: &Path<'_>, name: &'static str, items: &[T]) {
        let mut seen = HashSet::new();
        if let Some(index) = items.iter().position(|item| !seen.insert(item)) {
            self.add(at.item(name, index).to_string(), "stands twice: give each once");
        }
    }

    /// An empty string is an absent one: whether it may be absent is `required`'s question.
    pub(crate) fn string(&mut self, at: &Path<'_>, value: &str, rules: &StringRules<'_>) {
        if value.is_empty() {
            return;
        }
        let length = value.chars().count();
        if value.contains('\0') {
            self.add(at.to_string(), "contains a NUL character: remove it");
        }
        if let Some(least) = rules.min.filter(|least| length < *least) {
            self.add(
                at.to_string(),
                format!("has {length} characters: give at least {least}"),
            );
        }
        if let Some(most) = rules.max.filter(|most| length > *most) {
            self.add(
                at.to_string(),
                format!("has {length} characters: give at most {most}"),
            );
        }
        if let Some(prefix) = rules.prefix.filter(|prefix| !value.starts_with(prefix)) {
            self.add(
                at.to_string(),
                format!("does not begin with `{prefix}`: give the whole id"),
            );
        }
        if rules.email && !is_email(value) {
            self.add(
                at.to_string(),
                "is not an e-mail address: give one like name@example.com",
            );
        }
        if !rules.one_of.is_empty() && !rules.one_of.contains(&value) {
            self.add(
                at.to_string(),
                format!("is unknown: give one of {}", rules.one_of.join(", ")),
            );
        }
    }

    pub(crate) fn integer(&mut self, at: &Path<'_>, value: i64, least: Option<i64>, most: Option<i64>) {
        if let Some(least) = least.filter(|least| value < *least) {
            self.add(at.to_string(), format!("is {value}: give at least {least}"));
        }
        if let Some(most) = most.filter(|most| value > *most) {
            self.add(at.to_string(), format!("is {value}: give at most {most}"));
        }
    }

    pub(crate) fn defined(&mut self, at: &Path<'_>, known: bool) {
        if !known {
            self.add(at.to_string(), "is unknown: give a value that the contract names");
        }
    }
}

/// One `@` between a local part and a domain, no space or control character: what a mail server decides is not guessed.
fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.rsplit_once('@') else {
        return false;
    };
    let printable = !value
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'));
    let labels = domain
        .split('.')
        .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    printable
        && labels
        && domain.contains('.')
        && !local.is_empty()
        && local.len() <= 64
        && !local.contains('@')
}

#[allow(clippy::all, clippy::pedantic, clippy::restriction, unused_qualifications)]
mod generated {
    use super::*;

    include!(concat!(env!("OUT_DIR"), "/validation.rs"));
}
