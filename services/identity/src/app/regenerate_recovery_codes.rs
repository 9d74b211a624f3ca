//! Gives a person new recovery codes.

use entente_access::Person;
use secrecy::SecretString;

use super::App;
use super::second_factor::{announce, recently_proved, renew_recovery_codes, shown};
use crate::error::Error;
use crate::events::CredentialEvent;
use crate::store::second_factor;

/// Puts new codes in the place of those of before. They belong to a person, so this runs as the worker.
///
/// # Errors
/// [`Error::NoSecondFactor`], [`Error::Refused`] without the proofs, or a failure beneath.
pub async fn run(app: &App, person: &Person) -> Result<Vec<SecretString>, Error> {
    let mut tx = app
        .database()
        .system("identity.regenerate_recovery_codes")
        .await?;
    second_factor::lock(&mut tx, person.user)
        .await?
        .filter(|factor| factor.enrolled.is_some())
        .ok_or(Error::NoSecondFactor)?;
    recently_proved(person, app.now())?;
    shown(person)?;
    let codes = renew_recovery_codes(app, &mut tx, person.user).await?;
    announce(
        app,
        &mut tx,
        CredentialEvent::RecoveryCodesReplaced,
        person.user,
        person.organization,
    )
    .await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(codes)
}
