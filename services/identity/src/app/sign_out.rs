//! Ends a session: its tokens are dead when the answer comes.

use entente_access::Access;
use entente_ids::SessionId;
use entente_service::Actor;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::App;
use crate::domain::decision::Change;
use crate::domain::session::Session;
use crate::error::Error;
use crate::events::SessionEnd;
use crate::security::token::Tokens;
use crate::store::{revision, session};

/// Ends the session. It runs as the worker: a session belongs to a person, not to an organization.
///
/// # Errors
/// A failure of the database. A session that is ended already stays so.
pub async fn run(app: &App, access: &Access, id: SessionId) -> Result<(), Error> {
    let now = app.now();
    let mut tx = app.database().system("identity.sign_out").await?;
    let current = session::lock(&mut tx, id).await?;
    let revision = match current.filter(|session| session.ended_at.is_none()) {
        Some(alive) => {
            let change = end_session(app, &mut tx, &Actor::from(access), &alive, now).await?;
            revision::append(&mut tx, &[change], now).await?
        }
        // Somebody else ended it at the same moment: wait until that is known too.
        None => revision::current(&mut tx).await?,
    };
    tx.commit().await?;
    app.applied(revision).await;
    Ok(())
}

/// Ends a session in the caller's transaction; the change is the caller's to append.
pub(super) async fn end_session(
    app: &App,
    conn: &mut PgConnection,
    actor: &Actor,
    session: &Session,
    now: Timestamp,
) -> Result<Change, Error> {
    let until = Tokens::dead_after(now);
    session::end(conn, session.id, now, until).await?;
    app.announcer
        .session(conn, SessionEnd::Closed, actor, session)
        .await?;
    Ok(Change::SessionRevoked {
        session: session.id,
        principal: session.user.into(),
        until,
    })
}
