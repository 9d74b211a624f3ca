//! Begins the end of a partnership, whoever asked for it.

use sqlx::PgConnection;

use super::App;
use super::complete_partnership::announce_narrowing;
use crate::domain::partnership::{Intent, Partnership, PartnershipState};
use crate::error::Error;
use crate::store;

/// Begins it, in the transaction that holds the partnership; where it was begun already, nothing changes.
///
/// # Errors
/// [`Error::Partnership`] when it is over, or a failure beneath.
pub async fn begin_end(
    app: &App,
    conn: &mut PgConnection,
    partnership: &mut Partnership,
    intent: Intent,
) -> Result<(), Error> {
    let before = partnership.clone();
    if !partnership.end(intent, app.now())? {
        return Ok(());
    }
    // Its own step would have told that the client consented, and is overtaken.
    if before.state == PartnershipState::Narrowing {
        announce_narrowing(app, conn, &before).await?;
    }
    store::partnership::update(conn, partnership).await
}
