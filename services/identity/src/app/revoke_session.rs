//! Ends one of a person's own sessions.

use entente_access::Access;
use entente_ids::{SessionId, UserId};
use entente_service::Actor;

use super::App;
use super::sign_out::end_session;
use crate::error::Error;
use crate::store::{revision, session};

/// Ends the session. It runs as the worker: a session belongs to a person, not to an organization.
///
/// # Errors
/// [`Error::NotFound`] for one that isn't theirs, or a failure of the database. One that is ended already stays so.
pub async fn run(app: &App, access: &Access, user: UserId, id: SessionId) -> Result<(), Error> {
    let now = app.now();
    let mut tx = app.database().system("identity.revoke_session").await?;
    let found = session::lock(&mut tx, id)
        .await?
        .filter(|session| session.user == user)
        .ok_or(Error::NotFound("session"))?;
    let revision = if found.ended_at.is_none() {
        let change = end_session(app, &mut tx, &Actor::from(access), &found, now).await?;
        revision::append(&mut tx, &[change], now).await?
    } else {
        // Who asks again may have lost the first answer before every decision knew of it.
        revision::current(&mut tx).await?
    };
    tx.commit().await?;
    app.applied(revision).await;
    Ok(())
}
