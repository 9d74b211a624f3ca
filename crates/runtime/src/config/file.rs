//! The file with settings: nested tables of scalars and lists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Error;

/// What a file says, by the names of the flags.
#[derive(Debug, Default)]
pub(super) struct File {
    path: PathBuf,
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug)]
struct Entry {
    /// As it is written in the file: `identity.database_url`.
    key: String,
    values: Vec<String>,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let table = text.parse().map_err(|source| Error::Syntax {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let mut file = Self {
            path: path.to_owned(),
            entries: BTreeMap::new(),
        };
        file.take("", &table)?;
        Ok(file)
    }

    fn take(&mut self, prefix: &str, table: &Table) -> Result<(), Error> {
        for (key, value) in table {
            let key = if prefix.is_empty() {
                key.clone()
            } else {
                format!("{prefix}.{key}")
            };
            if let Value::Table(inner) = value {
                self.take(&key, inner)?;
                continue;
            }
            let values = texts(value).ok_or_else(|| self.not_a_value(&key))?;
            let name = key.replace(['.', '_'], "-");
            if let Some(twice) = self.entries.insert(
                name,
                Entry {
                    key: key.clone(),
                    values,
                },
            ) {
                return Err(Error::Twice {
                    path: self.path.clone(),
                    first: twice.key,
                    second: key,
                });
            }
        }
        Ok(())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    pub(super) fn values(&self, name: &str) -> Option<&[String]> {
        self.entries.get(name).map(|entry| entry.values.as_slice())
    }

    /// Where a setting stands, for who has to mend it.
    pub(super) fn place(&self, name: &str) -> Option<String> {
        let entry = self.entries.get(name)?;
        Some(format!("{} in {}", entry.key, self.path.display()))
    }

    pub(super) fn refuse_unknown(&self, known: &[String]) -> Result<(), Error> {
        for (name, entry) in &self.entries {
            if known.contains(name) {
                continue;
            }
            let nearest = known
                .iter()
                .map(|candidate| (strsim::damerau_levenshtein(candidate, name), candidate))
                .min()
                .map(|(_, nearest)| nearest.clone());
            return Err(Error::Unknown {
                path: self.path.clone(),
                key: entry.key.clone(),
                nearest,
            });
        }
        Ok(())
    }

    pub(super) fn not_a_list(&self, name: &str) -> Error {
        let key = self.entries.get(name).map_or(name, |entry| entry.key.as_str());
        Error::NotAList {
            path: self.path.clone(),
            key: key.to_owned(),
        }
    }

    fn not_a_value(&self, key: &str) -> Error {
        Error::NotAValue {
            path: self.path.clone(),
            key: key.to_owned(),
        }
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            Some(vec![text(value)?])
        }
        Value::Table(_) => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        Value::Datetime(time) => Some(time.to_string()),
        Value::Array(_) | Value::Table(_) => None,
    }
}
