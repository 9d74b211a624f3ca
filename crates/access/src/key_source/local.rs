//! identity's own keys.

use async_trait::async_trait;
use entente_contracts::identity::v1::JsonWebKey;

use super::KeySource;
use crate::Reason;
use crate::keys::{PublicKey, to_json_web_key};

/// A fixed set of keys: the one that signs now, and those that have signed tokens which may still be about.
#[derive(Debug, Clone)]
pub struct LocalKeys(Vec<(String, PublicKey)>);

impl LocalKeys {
    /// The set of `signing` and `former` keys.
    pub fn new(signing: PublicKey, former: impl IntoIterator<Item = PublicKey>) -> Self {
        Self(
            std::iter::once(signing)
                .chain(former)
                .map(|key| (key.id(), key))
                .collect(),
        )
    }

    /// The set as identity publishes it; the key that signs now comes first.
    pub fn json_web_keys(&self) -> Vec<JsonWebKey> {
        self.0.iter().map(|(_, key)| to_json_web_key(key)).collect()
    }
}

#[async_trait]
impl KeySource for LocalKeys {
    async fn key(&self, id: &str) -> Result<PublicKey, Reason> {
        let found = self.0.iter().find(|(known, _)| known == id);
        found.map(|(_, key)| *key).ok_or(Reason::TokenInvalid)
    }
}
