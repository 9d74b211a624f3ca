//! Begins the partnerships of clients that partners created.
//!
//! The news of a client names its partner by the id only, and may come before the news of the partner itself. So what is
//! heard is noted, and what was noted begins here, once both are known. [`super::recover_partnerships`] completes it.

use sqlx::PgConnection;

use super::App;
use crate::domain::organization::{NewClient, OrganizationState};
use crate::domain::partnership::{Intent, Partnership};
use crate::error::Error;
use crate::store;

const BATCH: i64 = 50;

/// Begins them, in the names of those who created the clients, with all of the client and without its consent. Gives how
/// many clients were looked at.
///
/// # Errors
/// A failure of the database.
pub async fn start_for_new_clients(app: &App) -> Result<usize, Error> {
    // Of every organization, and the tenants' role sees neither what was noted nor the directory.
    let mut tx = app.database().system("partners.start_for_new_clients").await?;
    let taken = store::new_client::take(&mut tx, BATCH).await?;
    let count = taken.len();
    for new in taken {
        begin(app, &mut tx, new).await?;
    }
    tx.commit().await?;
    Ok(count)
}

/// Holds both organizations, so that no new name and no deletion is missed.
async fn begin(app: &App, conn: &mut PgConnection, new: NewClient) -> Result<(), Error> {
    let known = store::organization::hold(conn, &[new.client, new.partner]).await?;
    let find = |id| {
        known
            .iter()
            .find(|organization| organization.id == id && organization.state != OrganizationState::Deleted)
    };
    let (Some(client), Some(partner)) = (find(new.client), find(new.partner)) else {
        return Ok(());
    };
    // Where the news comes a second time, the first one counts, whatever became of the partnership.
    if store::partnership::is_known(conn, new.client, new.partner).await? {
        return Ok(());
    }
    let now = app.now();
    let intent = Intent {
        actor: new.actor,
        on_behalf_of: new.on_behalf_of,
        request_id: new.request_id,
        traceparent: new.traceparent,
        due_at: now,
    };
    let id = app.new_id(now);
    let partnership = Partnership::of_new_client(id, client.party(), partner.party(), intent, now);
    store::partnership::add(conn, &partnership).await
}
