//! Enrols the authenticator app that shows the right code.

use entente_access::Person;
use secrecy::{ExposeSecret as _, SecretString};

use super::App;
use super::second_factor::{announce, lift, renew_recovery_codes, sealed_for};
use crate::error::Error;
use crate::events::CredentialEvent;
use crate::security::token::IssuedTokens;
use crate::security::totp;
use crate::store::second_factor;

/// Enrols it, makes recovery codes, and lifts the session. It belongs to a person, so this runs as the worker.
///
/// # Errors
/// [`Error::NothingToConfirm`], [`Error::CodeWrong`], [`Error::SessionRevoked`], or a failure beneath.
pub async fn run(
    app: &App,
    person: &Person,
    code: &SecretString,
) -> Result<(Vec<SecretString>, IssuedTokens), Error> {
    let now = app.now();
    let mut tx = app.database().system("identity.confirm_totp").await?;
    let mut factor = second_factor::lock(&mut tx, person.user)
        .await?
        .ok_or(Error::NothingToConfirm)?;
    let sealed = factor.pending.clone().ok_or(Error::NothingToConfirm)?;
    let secret = app.envelope.open(sealed_for(person.user), &sealed)?;
    let step = totp::step(&secret, code.expose_secret().trim(), now, None)?.ok_or(Error::CodeWrong)?;
    factor.confirmed(sealed, step, now);
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
    Ok((codes, app.tokens.access(&lifted, None)))
}
