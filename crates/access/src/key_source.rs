//! Where the keys come from that people's tokens are verified with.

mod local;
mod remote;

use async_trait::async_trait;

use crate::Reason;
use crate::keys::PublicKey;

pub use local::LocalKeys;
pub use remote::RemoteKeys;

/// The keys that identity signs with. It has them itself; every other service asks it for them.
#[async_trait]
pub trait KeySource: Send + Sync + 'static {
    /// The key of this id.
    ///
    /// # Errors
    /// [`Reason::TokenInvalid`] when identity has no such key, [`Reason::DecisionUnavailable`] when that can't be
    /// found out.
    async fn key(&self, id: &str) -> Result<PublicKey, Reason>;
}
