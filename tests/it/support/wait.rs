//! Waiting for what comes by itself.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// How long something that comes by itself may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_millis(20);

/// Looks until it is there. `Err` tells what is seen instead, for the message when the time is over.
pub async fn eventually<T, E: Debug>(what: &str, mut look: impl AsyncFnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) if Instant::now() > deadline => {
                panic!("{what} did not come within {PATIENCE:?}; this was seen last: {seen:#?}")
            }
            Err(_) => tokio::time::sleep(INTERVAL).await,
        }
    }
}
