//! Trades a refresh token for a new pair.

use entente_service::Actor;
use secrecy::{ExposeSecret as _, SecretString};

use super::App;
use super::sign_out::end_session;
use crate::domain::origin::Origin;
use crate::domain::session::{Session, Trade, judge, refresh_expiry};
use crate::error::Error;
use crate::security::token::{IssuedTokens, refresh_hash};
use crate::store::{member, revision, session};

/// Trades the token. Who holds it is known only by it, so this runs as the worker.
///
/// # Errors
/// [`Error::RefreshTokenUnknown`], [`Error::RefreshTokenExpired`], [`Error::SessionRevoked`], or a failure beneath.
pub async fn run(app: &App, token: &SecretString, origin: &Origin) -> Result<IssuedTokens, Error> {
    let hash = refresh_hash(token.expose_secret()).ok_or(Error::RefreshTokenUnknown)?;
    let now = app.now();
    let mut tx = app.database().system("identity.refresh_session").await?;
    let id = session::lookup(&mut tx, &hash)
        .await?
        .ok_or(Error::RefreshTokenUnknown)?;
    let mut current = session::lock(&mut tx, id)
        .await?
        .ok_or(Error::RefreshTokenUnknown)?;
    let presented = session::find_token(&mut tx, &hash)
        .await?
        .ok_or(Error::RefreshTokenUnknown)?;
    let still_in = member::find_active(&mut tx, current.organization, current.user)
        .await?
        .is_some();

    match judge(&current, presented, now) {
        Trade::Ended => return Err(Error::SessionRevoked),
        Trade::Expired => return Err(Error::RefreshTokenExpired),
        Trade::Rotate if still_in => {
            session::use_tokens(&mut tx, id, presented.generation, now).await?;
            current.generation = presented.generation.saturating_add(1);
            session::update(&mut tx, &current).await?;
        }
        Trade::Repeat if still_in => {}
        // Somebody holds a copy, or the person was removed from where the session acts: it ends for good.
        Trade::Reused | Trade::Rotate | Trade::Repeat => {
            end(app, tx, &current).await?;
            return Err(Error::SessionRevoked);
        }
    }
    session::used(&mut tx, id, origin, now).await?;
    let refresh = app.tokens.refresh();
    session::add_token(&mut tx, &current, &refresh.hash, refresh_expiry(&current, now)).await?;
    tx.commit().await?;
    Ok(app.tokens.access(&current, Some(refresh), now))
}

async fn end(app: &App, mut tx: entente_pg::Tx, session: &Session) -> Result<(), Error> {
    let now = app.now();
    let actor = Actor {
        actor: session.user.to_string(),
        on_behalf_of: None,
    };
    let change = end_session(app, &mut tx, &actor, session, now).await?;
    let revision = revision::append(&mut tx, &[change], now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(())
}
