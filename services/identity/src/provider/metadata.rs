//! What the provider publishes of itself: its endpoints and its keys.

use std::time::Duration;

use anyhow::anyhow;
use openidconnect::core::CoreProviderMetadata;
use tokio::sync::Mutex;

use super::{Provider, ProviderError};

/// For how long it is believed. A key that is unknown is asked for at once.
const KEPT: Duration = Duration::from_secs(600);
/// For how long a provider that gave no answer isn't asked again: those who wait for it meanwhile are told at once.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// What was published last.
pub(super) struct Metadata(Mutex<Known>);

/// Times are of the monotonic clock.
enum Known {
    Nothing,
    Read(Duration, Box<CoreProviderMetadata>),
    /// It gave no answer.
    Away(Duration),
}

impl Metadata {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Known::Nothing))
    }

    /// What is known, or what is read now. Of several that ask at once, one reads.
    pub(super) async fn get(&self, provider: &Provider) -> Result<CoreProviderMetadata, ProviderError> {
        let mut known = self.0.lock().await;
        let now = provider.clock.monotonic();
        match &*known {
            Known::Read(at, metadata) if now.saturating_sub(*at) < KEPT => {
                return Ok(metadata.as_ref().clone());
            }
            Known::Away(at) if now.saturating_sub(*at) < LEFT_ALONE => {
                return Err(ProviderError::Away(anyhow!("it gave no answer a moment ago")));
            }
            Known::Nothing | Known::Read(..) | Known::Away(_) => {}
        }
        match CoreProviderMetadata::discover_async(provider.issuer.clone(), &provider.http).await {
            Ok(read) => {
                *known = Known::Read(now, Box::new(read.clone()));
                Ok(read)
            }
            Err(error) => {
                *known = Known::Away(provider.clock.monotonic());
                Err(ProviderError::Away(error.into()))
            }
        }
    }

    /// Forgets it: the provider has changed its keys.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = Known::Nothing;
    }
}
