//! Gives a person a secret for their authenticator app, which counts once it is confirmed.

use entente_access::Person;
use secrecy::SecretString;

use super::App;
use super::second_factor::{recently_proved, seal, shown};
use crate::domain::second_factor::Pending;
use crate::error::Error;
use crate::security::totp;
use crate::store::{second_factor, user_account};

/// A secret, as it is shown once.
#[derive(Debug)]
pub struct Enrolment {
    /// As an app reads it from a QR code.
    pub uri: SecretString,
    /// As a person types it in.
    pub secret: SecretString,
}

/// Makes the secret and keeps it, sealed, until it is confirmed. Whoever holds a stolen token must not be able to lock
/// its owner out, hence the proofs. It belongs to a person, so this runs as the worker.
///
/// # Errors
/// [`Error::Refused`] without the proofs, [`Error::SessionRevoked`], or a failure beneath.
pub async fn run(app: &App, person: &Person) -> Result<Enrolment, Error> {
    let now = app.now();
    recently_proved(person, now)?;
    let secret = totp::generate(&app.context.random);
    let mut tx = app.database().system("identity.enroll_totp").await?;
    let account = user_account::find(&mut tx, person.user)
        .await?
        .ok_or(Error::SessionRevoked)?;
    second_factor::ensure(&mut tx, person.user).await?;
    let mut factor = second_factor::lock(&mut tx, person.user)
        .await?
        .ok_or(Error::Collision)?;
    if factor.enrolled.is_some() {
        shown(person)?;
    }
    factor.pending = Some(Pending {
        secret: seal(app, person.user, &secret)?,
        since: now,
    });
    second_factor::update(&mut tx, &factor).await?;
    tx.commit().await?;
    Ok(Enrolment {
        uri: totp::uri(&secret, &account.email)?,
        secret: totp::typed(&secret),
    })
}
