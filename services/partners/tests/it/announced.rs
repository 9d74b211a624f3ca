//! Events as they stand on the log.

use std::collections::BTreeMap;

/// An event as it stands on the log.
#[derive(Debug, Clone)]
pub struct Announced {
    pub headers: BTreeMap<String, String>,
    pub payload: Vec<u8>,
}

impl Announced {
    pub fn read((headers, payload): (String, Vec<u8>)) -> Self {
        let headers: Vec<(String, String)> = serde_json::from_str(&headers).unwrap();
        Self {
            headers: headers.into_iter().collect(),
            payload,
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub fn kind(&self) -> &str {
        self.header("ce_type")
    }

    /// What the field was and is since.
    pub fn change(&self, field: &str) -> (serde_json::Value, serde_json::Value) {
        let changes: Vec<serde_json::Value> = serde_json::from_str(self.header("ce_changes")).unwrap();
        let change = changes
            .into_iter()
            .find(|change| change["field"] == field)
            .unwrap();
        (change["before"].clone(), change["after"].clone())
    }
}
