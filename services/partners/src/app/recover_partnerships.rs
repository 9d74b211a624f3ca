//! Finishes the steps of partnerships that nobody waits for: those that a crash, or an identity that was away, left behind,
//! and those that began with news of an organization.

use entente_runtime::context::{self, Context};
use entente_runtime::telemetry;
use tracing::Instrument as _;

use super::App;
use super::complete_partnership::complete_partnership;
use crate::domain::partnership::{Intent, Partnership};
use crate::error::Error;
use crate::store;

const BATCH: i64 = 50;

/// Finishes those that are due, under the request and the trace that began them; those that fail are tried again later.
/// Gives how many were finished.
///
/// # Errors
/// A failure of the database.
pub async fn recover_partnerships(app: &App) -> Result<usize, Error> {
    let now = app.now();
    // Whose partnerships they are isn't known before they are read.
    let mut tx = app.database().system("partners.claim_left_behind").await?;
    let claimed = store::partnership::claim_left_behind(&mut tx, now, app.left_behind(now), BATCH).await?;
    tx.commit().await?;
    let mut finished = 0;
    for partnership in claimed {
        finished += usize::from(finish(app, partnership).await);
    }
    Ok(finished)
}

async fn finish(app: &App, partnership: Partnership) -> bool {
    let id = partnership.id;
    let span = tracing::info_span!("partners.recover", partnership = %id);
    let context = continued(&span, &partnership.intent);
    match context::scope(context, complete_partnership(app, partnership))
        .instrument(span)
        .await
    {
        Ok(_) => {
            tracing::info!(partnership = %id, "what was left behind is finished");
            true
        }
        Err(error) => {
            let error = format!("{:#}", anyhow::Error::new(error));
            tracing::warn!(partnership = %id, error, "what was left behind can't be finished, it is tried again");
            false
        }
    }
}

fn continued(span: &tracing::Span, intent: &Intent) -> Context {
    if let Some(traceparent) = &intent.traceparent {
        telemetry::continue_from(span, traceparent);
    }
    let background = Context::background();
    match &intent.request_id {
        Some(request_id) => background.with_request_id(request_id),
        None => background,
    }
}
