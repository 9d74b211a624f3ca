//! Lets a person act in another of their organizations.

use entente_access::Person;
use entente_ids::OrganizationId;

use super::App;
use crate::error::Error;
use crate::security::token::IssuedTokens;
use crate::store::{member, organization, session};

/// Moves the session. Tokens of before go on acting where they did until they expire. It crosses organizations, so it
/// runs as the worker.
///
/// # Errors
/// [`Error::NotFound`] for a place that isn't theirs, [`Error::SessionRevoked`], or a failure of the database.
pub async fn run(app: &App, person: &Person, target: OrganizationId) -> Result<IssuedTokens, Error> {
    let now = app.now();
    let mut tx = app.database().system("identity.switch_organization").await?;
    let mut current = session::lock(&mut tx, person.session)
        .await?
        .ok_or(Error::SessionRevoked)?;
    if current.ended_at.is_some() {
        return Err(Error::SessionRevoked);
    }
    organization::find(&mut tx, target)
        .await?
        .ok_or(Error::NotFound("organization"))?;
    member::find_active(&mut tx, target, person.user)
        .await?
        .ok_or(Error::NotFound("organization"))?;
    current.organization = target;
    session::update(&mut tx, &current).await?;
    tx.commit().await?;
    Ok(app.tokens.access(&current, None, now))
}
