//! Lists the sessions of a person.

use entente_access::Person;
use entente_ids::SessionId;
use entente_paging::Page;
use jiff::Timestamp;

use super::App;
use crate::error::Error;
use crate::store::session::{self, Entry};

/// Lists a page of those that can still be used, the newest first, with the token of the next page. A session belongs to a
/// person, not to an organization, so it runs as the worker.
///
/// # Errors
/// A failure of the database.
pub async fn run(
    app: &App,
    person: &Person,
    page: &Page<(Timestamp, SessionId)>,
) -> Result<(Vec<Entry>, String), Error> {
    let mut tx = app.database().system("identity.list_sessions").await?;
    let found = session::list(
        &mut tx,
        person.user,
        page.after().copied(),
        app.now(),
        page.limit(),
    )
    .await?;
    tx.commit().await?;
    Ok(page.cut(found, |last| (last.created_at, last.id)))
}
