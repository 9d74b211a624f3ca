//! When the process is asked to end.

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal as on};

/// Waits for SIGTERM or Ctrl-C, and says which it was. Call it again to hear a second one.
///
/// # Errors
/// When the system refuses the handler.
pub async fn signal() -> anyhow::Result<&'static str> {
    let refused = "signals can't be handled: start the process again";
    let mut terminate = on(SignalKind::terminate()).context(refused)?;
    let mut interrupt = on(SignalKind::interrupt()).context(refused)?;
    tokio::select! {
        _ = terminate.recv() => Ok("SIGTERM"),
        _ = interrupt.recv() => Ok("SIGINT"),
    }
}
