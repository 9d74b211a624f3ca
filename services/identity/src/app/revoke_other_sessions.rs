//! Ends all sessions of a person but the one that they ask from.

use entente_access::{Access, Person};
use entente_ids::{SessionId, UserId};
use entente_service::Actor;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::App;
use super::sign_out::end_session;
use crate::domain::decision::Change;
use crate::error::Error;
use crate::store::{revision, session};

/// Ends them, and tells how many there were. It runs as the worker: a session belongs to a person, not to an organization.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, access: &Access, person: &Person) -> Result<usize, Error> {
    let now = app.now();
    let mut tx = app.database().system("identity.revoke_other_sessions").await?;
    let ended = end_sessions(
        app,
        &mut tx,
        &Actor::from(access),
        person.user,
        Some(person.session),
        now,
    )
    .await?;
    let revision = if ended.is_empty() {
        // Somebody else ended them at the same moment: wait until that is known too.
        revision::current(&mut tx).await?
    } else {
        revision::append(&mut tx, &ended, now).await?
    };
    tx.commit().await?;
    app.applied(revision).await;
    Ok(ended.len())
}

/// Ends the sessions of a person, all but one where one is named; the changes are the caller's to append.
pub(super) async fn end_sessions(
    app: &App,
    conn: &mut PgConnection,
    actor: &Actor,
    user: UserId,
    but: Option<SessionId>,
    now: Timestamp,
) -> Result<Vec<Change>, Error> {
    let mut ended = Vec::new();
    for session in session::lock_all_alive(conn, user, now).await? {
        if Some(session.id) != but {
            ended.push(end_session(app, conn, actor, &session, now).await?);
        }
    }
    Ok(ended)
}
