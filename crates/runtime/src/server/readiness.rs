//! What a service needs before it can take calls, and what the probes are told.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use serde_json::{Value, json};

/// How long one check may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something that a service can't do without, such as its database at the right schema version.
pub trait Readiness: Send + Sync {
    /// What is checked, as the probe's answer names it.
    fn name(&self) -> &'static str;

    /// Looks whether it is there. The error says what is wrong; it is shown on the admin port.
    fn check(&self) -> BoxFuture<'_, Result<(), String>>;
}

/// A check made from a function.
pub fn readiness<F, R>(name: &'static str, check: F) -> Arc<dyn Readiness>
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), String>> + Send + 'static,
{
    Arc::new(Checked { name, check })
}

struct Checked<F> {
    name: &'static str,
    check: F,
}

impl<F, R> Readiness for Checked<F>
where
    F: Fn() -> R + Send + Sync,
    R: Future<Output = Result<(), String>> + Send + 'static,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn check(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin((self.check)())
    }
}

/// Whether a service takes calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It has not been checked yet.
    Starting,
    /// It takes calls.
    Ready,
    /// It lacks what these reasons name: the check, and what is wrong.
    NotReady(Vec<(&'static str, String)>),
    /// It finishes what runs and takes nothing new.
    Draining,
}

impl State {
    /// Checks everything at once.
    pub(super) async fn of(checks: &[Arc<dyn Readiness>]) -> Self {
        let results = join_all(checks.iter().map(|check| async move {
            match tokio::time::timeout(PATIENCE, check.check()).await {
                Ok(result) => result.err(),
                Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
            }
            .map(|reason| (check.name(), reason))
        }));
        let reasons: Vec<_> = results.await.into_iter().flatten().collect();
        if reasons.is_empty() {
            Self::Ready
        } else {
            Self::NotReady(reasons)
        }
    }

    /// As the probe shows it.
    pub(super) fn to_json(&self) -> Value {
        let reasons: Vec<Value> = match self {
            Self::Ready => Vec::new(),
            Self::Starting => vec![json!({"check": "start", "reason": "it is starting"})],
            Self::Draining => vec![json!({"check": "drain", "reason": "it is shutting down"})],
            Self::NotReady(reasons) => reasons
                .iter()
                .map(|(check, reason)| json!({"check": check, "reason": reason}))
                .collect(),
        };
        json!({"ready": *self == Self::Ready, "reasons": reasons})
    }
}
