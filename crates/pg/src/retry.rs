//! Runs a transaction again that lost against another one.

use std::time::Duration;

const ATTEMPTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// Runs the whole of a transaction, and runs it again, up to four times in all, while `is_conflict` says of its
/// error that it lost against another one. What it does beside the database must bear being done twice.
///
/// # Errors
/// The error of the last attempt.
pub async fn retry_conflicts<T, E, F>(
    is_conflict: impl Fn(&E) -> bool,
    mut transaction: impl FnMut() -> F,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match transaction().await {
            Err(error) if is_conflict(&error) => tokio::time::sleep(pause).await,
            result => return result,
        }
        pause = pause.saturating_mul(2);
    }
    transaction().await
}
