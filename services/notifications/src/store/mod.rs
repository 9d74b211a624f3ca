//! The tables.

pub mod delivery;
pub mod intent;
pub mod notification;

use std::str::FromStr as _;

use serde_json::Value;

use crate::domain::facts::Facts;
use crate::domain::kind::Kind;
use crate::error::Error;

/// Something that waits to be worked on.
#[derive(Debug, Clone)]
pub struct Due<K> {
    /// Which row.
    pub key: K,
    /// The trace that it goes on.
    pub traceparent: Option<String>,
    /// The request that caused it.
    pub request_id: Option<String>,
}

fn kind(column: &'static str, text: &str) -> Result<Kind, Error> {
    Kind::from_str(text).map_err(|_| Error::Corrupt(column))
}

fn facts(column: &'static str, value: Value) -> Result<Facts, Error> {
    serde_json::from_value(value).map_err(|_| Error::Corrupt(column))
}

fn to_json(facts: &Facts) -> Result<Value, Error> {
    serde_json::to_value(facts).map_err(|_| Error::Corrupt("facts"))
}
