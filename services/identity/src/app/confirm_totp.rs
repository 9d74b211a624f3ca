//! Enrols the authenticator app that shows the right code.

use entente_access::Person;
use secrecy::{ExposeSecret as _, SecretString};

use super::App;
use super::second_factor::{announce, lift, recently_proved, renew_recovery_codes, sealed_for, shown};
use crate::error::Error;
use crate::events::CredentialEvent;
use crate::security::token::IssuedTokens;
use crate::security::totp;
use crate::store::second_factor;

/// Enrols it, makes recovery codes, and lifts the session. It asks for the same proofs as giving the secret does: whoever
/// holds a stolen token must not guess their way to a factor of their own. It belongs to a person, so this runs as the
/// worker.
///
/// # Errors
/// [`Error::Refused`] without the proofs, [`Error::NothingToConfirm`], [`Error::CodeWrong`],
/// [`Error::TooManyAttempts`], [`Error::SessionRevoked`], or a failure beneath.
pub async fn run(
    app: &App,
    person: &Person,
    code: &SecretString,
) -> Result<(Vec<SecretString>, IssuedTokens), Error> {
    let now = app.now();
    recently_proved(person, now)?;
    let mut tx = app.database().system("identity.confirm_totp").await?;
    let mut factor = second_factor::lock(&mut tx, person.user)
        .await?
        .ok_or(Error::NothingToConfirm)?;
    if factor.enrolled.is_some() {
        shown(person)?;
    }
    let pending = factor.pending(now).cloned().ok_or(Error::NothingToConfirm)?;
    if let Some(delay) = factor.blocked_for(now) {
        return Err(Error::TooManyAttempts(delay));
    }
    let secret = app.envelope.open(sealed_for(person.user), &pending.secret)?;
    let Some(step) = totp::step(&secret, code.expose_secret().trim(), now, None)? else {
        factor.failed(now);
        second_factor::update(&mut tx, &factor).await?;
        tx.commit().await?;
        return Err(Error::CodeWrong);
    };
    factor.confirmed(pending.secret, step, now);
    second_factor::update(&mut tx, &factor).await?;
    let codes = renew_recovery_codes(app, &mut tx, person.user).await?;
    let lifted = lift(&mut tx, person).await?;
    announce(
        app,
        &mut tx,
        CredentialEvent::Enrolled,
        person.user,
        person.organization,
    )
    .await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok((codes, app.tokens.access(&lifted, None, now)))
}
