//! identity's keys, asked for over gRPC.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use entente_contracts::identity::v1::GetKeySetRequest;
use entente_contracts::identity::v1::session_service_client::SessionServiceClient;
use entente_runtime::client::Client;
use entente_runtime::clock::SharedClock;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tracing::Instrument;

use super::KeySource;
use crate::Reason;
use crate::keys::{PublicKey, from_json_web_key};

/// Made-up key ids cost identity no more than this.
const LEAST_BETWEEN: Duration = Duration::from_secs(1);

/// A withdrawn key is forgotten after this, even where no token with a new one comes by.
const FRESH_FOR: Duration = Duration::from_mins(5);

/// What waits for identity is a person's call.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Asks identity for its keys when a token names one that isn't known, at most once a second and once at a time. While
/// identity is away, the keys that are known serve on.
#[derive(Clone)]
pub struct RemoteKeys(Arc<Remote>);

struct Remote {
    client: SessionServiceClient<Client>,
    clock: SharedClock,
    known: ArcSwap<Known>,
    last: Arc<Mutex<Option<Attempt>>>,
}

#[derive(Default)]
struct Known {
    keys: HashMap<String, PublicKey>,
    since: Duration,
}

/// When identity was last asked, and what came of it.
#[derive(Clone, Copy)]
struct Attempt {
    ended: Duration,
    outcome: Result<(), Reason>,
}

impl RemoteKeys {
    /// Asks through `identity`. Nothing is asked before the first token comes.
    pub fn new(identity: Client, clock: SharedClock) -> Self {
        Self(Arc::new(Remote {
            client: SessionServiceClient::new(identity),
            clock,
            known: ArcSwap::default(),
            last: Arc::default(),
        }))
    }

    fn known(&self, id: &str) -> Option<PublicKey> {
        self.0.known.load().keys.get(id).copied()
    }

    /// Asks again beside the call that notices it, which needn't wait: its key is known.
    fn freshen(&self) {
        let age = self.0.clock.monotonic().saturating_sub(self.0.known.load().since);
        if age < FRESH_FOR {
            return;
        }
        if let Ok(last) = Arc::clone(&self.0.last).try_lock_owned() {
            let refresh = Arc::clone(&self.0).refresh(last);
            drop(tokio::spawn(refresh.in_current_span()));
        }
    }
}

impl Remote {
    async fn refresh(self: Arc<Self>, mut last: OwnedMutexGuard<Option<Attempt>>) -> Result<(), Reason> {
        let now = self.clock.monotonic();
        if let Some(last) = last.filter(|last| now.saturating_sub(last.ended) < LEAST_BETWEEN) {
            return last.outcome;
        }
        let outcome = self.fetch().await;
        // Its end counts, so that who queued behind a slow failure fails at once.
        *last = Some(Attempt {
            ended: self.clock.monotonic(),
            outcome,
        });
        outcome
    }

    async fn fetch(&self) -> Result<(), Reason> {
        let mut client = self.client.clone();
        let answer = tokio::time::timeout(TIMEOUT, client.get_key_set(GetKeySetRequest {})).await;
        let published = match answer {
            Ok(Ok(response)) => response.into_inner().keys,
            Ok(Err(error)) => {
                tracing::warn!(
                    ?error,
                    "identity's keys can't be asked for: the known ones serve on"
                );
                return Err(Reason::DecisionUnavailable);
            }
            Err(_) => {
                tracing::warn!("identity did not tell its keys in time: the known ones serve on");
                return Err(Reason::DecisionUnavailable);
            }
        };
        let keys: HashMap<_, _> = published
            .iter()
            .filter_map(|published| Some((published.kid.clone(), from_json_web_key(published)?)))
            .collect();
        if keys.is_empty() {
            tracing::error!("identity published no key that can be used: the known ones serve on");
            return Err(Reason::DecisionUnavailable);
        }
        self.known.store(Arc::new(Known {
            keys,
            since: self.clock.monotonic(),
        }));
        Ok(())
    }
}

#[async_trait]
impl KeySource for RemoteKeys {
    async fn key(&self, id: &str) -> Result<PublicKey, Reason> {
        if let Some(key) = self.known(id) {
            self.freshen();
            return Ok(key);
        }
        let last = Arc::clone(&self.0.last).lock_owned().await;
        if let Some(key) = self.known(id) {
            return Ok(key);
        }
        // In a task of its own: others wait for it when this caller goes away.
        let refresh = tokio::spawn(Arc::clone(&self.0).refresh(last).in_current_span());
        refresh.await.unwrap_or(Err(Reason::DecisionUnavailable))?;
        self.known(id).ok_or(Reason::TokenInvalid)
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RemoteKeys")
            .field(&self.0.known.load().keys)
            .finish()
    }
}
