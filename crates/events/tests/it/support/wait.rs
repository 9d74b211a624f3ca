//! Waiting for a condition, never for a time.

use std::time::Duration;

use tokio::time::Instant;

/// How long anything may take, on a busy machine too.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Asks until the answer is there.
///
/// # Panics
/// When it isn't there within [`DEADLINE`].
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < DEADLINE, "waited {DEADLINE:?} for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
