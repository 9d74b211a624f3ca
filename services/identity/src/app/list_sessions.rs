//! Lists the sessions of a person.

use entente_access::Person;
use jiff::Timestamp;
use uuid::Uuid;

use super::App;
use crate::error::Error;
use crate::store::session::{self, Entry};

/// Lists those that can still be used, the newest first, after the given place in that order. A session belongs to a
/// person, not to an organization, so it runs as the worker.
///
/// # Errors
/// A failure of the database.
pub async fn run(
    app: &App,
    person: &Person,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let mut tx = app.database().system("identity.list_sessions").await?;
    let found = session::list(&mut tx, person.user, after, app.now(), limit).await?;
    tx.commit().await?;
    Ok(found)
}
