//! Proves a person's presence again.

use entente_access::Person;
use secrecy::SecretString;

use super::{App, sign_in};
use crate::domain::origin::Origin;
use crate::domain::session::Session;
use crate::error::Error;
use crate::security::password::Verdict;
use crate::security::throttle::{Attempt, Place};
use crate::security::token::IssuedTokens;
use crate::store::{session, user_account};

/// Checks the password and moves the time of the last proof. The new token acts where the present one does.
///
/// # Errors
/// [`Error::CredentialsWrong`], [`Error::TooManyAttempts`], [`Error::SessionRevoked`], or a failure beneath.
pub async fn run(
    app: &App,
    person: &Person,
    password: &SecretString,
    origin: &Origin,
) -> Result<IssuedTokens, Error> {
    let mut tx = app.database().system("identity.find_account").await?;
    let account = user_account::find(&mut tx, person.user)
        .await?
        .ok_or(Error::SessionRevoked)?;
    let known = session::list_origins(&mut tx, person.user).await?;
    tx.commit().await?;

    let attempt = Attempt {
        email: account.email.to_string(),
        client: origin.caller(),
    };
    app.begin_attempt(&attempt, Place::of(&known, origin))?;
    if app
        .passwords
        .verify(password, Some(&account.password_hash))
        .await?
        == Verdict::Wrong
    {
        sign_in::refuse(app, Some(&account), Some(person.organization)).await?;
        return Err(Error::CredentialsWrong);
    }
    app.throttle.succeeded(&attempt);

    let mut tx = app.database().system("identity.reauthenticate").await?;
    let mut current = session::lock(&mut tx, person.session)
        .await?
        .ok_or(Error::SessionRevoked)?;
    if current.ended_at.is_some() {
        return Err(Error::SessionRevoked);
    }
    current.auth_time = app.now();
    session::update(&mut tx, &current).await?;
    tx.commit().await?;
    Ok(app.tokens.access(
        &Session {
            organization: person.organization,
            ..current
        },
        None,
    ))
}
