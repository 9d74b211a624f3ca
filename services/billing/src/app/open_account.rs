//! Opening an organization's account.

use entente_ids::OrganizationId;
use entente_service::Actor;
use sqlx::PgConnection;

use super::App;
use crate::domain::account::Account;
use crate::error::Error;
use crate::{events, store};

/// Opens the account of an organization, in the caller's transaction, unless it is open. The recovery tells identity
/// of its gate.
///
/// # Errors
/// When the database fails or the event can't be announced.
pub async fn open_account(
    app: &App,
    conn: &mut PgConnection,
    organization: OrganizationId,
) -> Result<(), Error> {
    let account = Account::open(organization, app.now());
    if !store::account::add(conn, &account).await? {
        return Ok(());
    }
    let actor = Actor::service(app.context.name);
    app.context
        .announce(conn, &app.topic, &actor, events::opened(&account))
        .await?;
    Ok(())
}
