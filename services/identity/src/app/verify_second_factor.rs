//! Lets a session show the second factor that it was opened without.

use entente_access::Person;
use secrecy::SecretString;

use super::App;
use super::second_factor::{lift, take_code};
use crate::error::Error;
use crate::security::token::IssuedTokens;

/// Takes the code and lifts the session. A session belongs to a person, so this runs as the worker.
///
/// # Errors
/// [`Error::CodeWrong`], [`Error::TooManyAttempts`], [`Error::NoSecondFactor`], [`Error::SessionRevoked`], or a failure
/// beneath.
pub async fn run(app: &App, person: &Person, code: &SecretString) -> Result<IssuedTokens, Error> {
    take_code(app, person.user, person.organization, code).await?;
    let now = app.now();
    let mut tx = app.database().system("identity.verify_second_factor").await?;
    let lifted = lift(&mut tx, person).await?;
    tx.commit().await?;
    Ok(app.tokens.access(&lifted, None, now))
}
