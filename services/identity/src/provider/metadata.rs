//! What the provider publishes of itself: its endpoints and its keys.

use std::time::Duration;

use openidconnect::core::CoreProviderMetadata;
use tokio::sync::Mutex;

use super::{Provider, ProviderError};

/// For how long it is believed. A key that is unknown is asked for at once.
const KEPT: Duration = Duration::from_secs(600);

/// What was published last, and when it was read, on the monotonic clock.
pub(super) struct Metadata(Mutex<Option<(Duration, CoreProviderMetadata)>>);

impl Metadata {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// What is known, or what is read now. Of several that ask at once, one reads.
    pub(super) async fn get(&self, provider: &Provider) -> Result<CoreProviderMetadata, ProviderError> {
        let mut known = self.0.lock().await;
        let now = provider.clock.monotonic();
        if let Some((at, metadata)) = known.as_ref()
            && now.saturating_sub(*at) < KEPT
        {
            return Ok(metadata.clone());
        }
        let read = CoreProviderMetadata::discover_async(provider.issuer.clone(), &provider.http)
            .await
            .map_err(|error| ProviderError::Away(error.into()))?;
        *known = Some((now, read.clone()));
        Ok(read)
    }

    /// Forgets it: the provider has changed its keys.
    pub(super) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}
