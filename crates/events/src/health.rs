//! Why a process should not be called ready, as far as events go.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The standing reasons of a relay or a consumer; cheap to clone, each clone sees the same.
#[derive(Clone, Debug, Default)]
pub struct Health {
    reasons: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Health {
    /// What stands in the way, one sentence each; empty when all is well.
    pub fn reasons(&self) -> Vec<String> {
        self.lock().values().cloned().collect()
    }

    pub(crate) fn report(&self, part: &str, reason: impl Into<String>) {
        self.lock().insert(part.to_owned(), reason.into());
    }

    pub(crate) fn clear(&self, part: &str) {
        self.lock().remove(part);
    }

    pub(crate) fn reason(&self, part: &str) -> Option<String> {
        self.lock().get(part).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        // A map of texts is whole even if a holder panicked.
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
