//! Gives a person's second factor up.

use entente_access::Person;
use secrecy::SecretString;

use super::App;
use super::second_factor::{announce, recently_proved, take_code};
use crate::error::Error;
use crate::events::CredentialEvent;
use crate::store::second_factor;

/// Takes a code as proof, and removes the factor. It belongs to a person, so this runs as the worker.
///
/// # Errors
/// [`Error::Refused`] without a recent proof, [`Error::SecondFactorDemanded`], [`Error::CodeWrong`],
/// [`Error::TooManyAttempts`], [`Error::NoSecondFactor`], or a failure beneath.
pub async fn run(app: &App, person: &Person, code: &SecretString) -> Result<(), Error> {
    let now = app.now();
    recently_proved(person, now)?;
    take_code(app, person.user, person.organization, code).await?;
    let mut tx = app.database().system("identity.disable_totp").await?;
    second_factor::lock(&mut tx, person.user)
        .await?
        .ok_or(Error::NoSecondFactor)?;
    // Looked at last, under the lock: the code is used up all the same.
    if second_factor::is_demanded(&mut tx, person.user).await? {
        return Err(Error::SecondFactorDemanded);
    }
    second_factor::remove(&mut tx, person.user, now).await?;
    announce(
        app,
        &mut tx,
        CredentialEvent::Disabled,
        person.user,
        person.organization,
    )
    .await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(())
}
