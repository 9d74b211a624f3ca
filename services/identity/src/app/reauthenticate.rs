//! Proves a person's presence again.

use entente_access::{Person, Reason};
use secrecy::{ExposeSecret as _, SecretString};

use super::second_factor::take_code;
use super::{App, sign_in};
use crate::domain::origin::Origin;
use crate::domain::session::Session;
use crate::error::Error;
use crate::security::password::Verdict;
use crate::security::throttle::{Attempt, Place};
use crate::security::token::IssuedTokens;
use crate::store::{second_factor, session, user_account};

/// What a person shows again.
#[derive(Debug)]
pub struct Proof {
    /// The password.
    pub password: SecretString,
    /// A code of the second factor; empty for who has none.
    pub code: SecretString,
}

/// Checks the password, and the code of who has a second factor, and moves the time of the last proof. The new token
/// acts where the present one does.
///
/// # Errors
/// [`Error::CredentialsWrong`], [`Error::TooManyAttempts`], [`Error::Refused`] where the code is missing,
/// [`Error::CodeWrong`], [`Error::SessionRevoked`], or a failure beneath.
pub async fn run(app: &App, person: &Person, proof: &Proof, origin: &Origin) -> Result<IssuedTokens, Error> {
    let mut tx = app.database().system("identity.find_account").await?;
    let account = user_account::find(&mut tx, person.user)
        .await?
        .ok_or(Error::SessionRevoked)?;
    let known = session::list_origins(&mut tx, person.user).await?;
    let factor = second_factor::find(&mut tx, person.user).await?;
    tx.commit().await?;

    let attempt = Attempt {
        email: account.email.to_string(),
        client: origin.caller(),
    };
    app.begin_attempt(&attempt, Place::of(&known, origin))?;
    if app
        .passwords
        .verify(&proof.password, Some(&account.password_hash))
        .await?
        == Verdict::Wrong
    {
        sign_in::refuse(app, Some(&account), Some(person.organization)).await?;
        return Err(Error::CredentialsWrong);
    }
    app.throttle.succeeded(&attempt);
    let has_factor = factor.is_some_and(|factor| factor.enrolled.is_some());
    if has_factor {
        if proof.code.expose_secret().is_empty() {
            return Err(Error::Refused(Reason::MfaRequired));
        }
        take_code(app, person.user, person.organization, &proof.code).await?;
    }

    let now = app.now();
    let mut tx = app.database().system("identity.reauthenticate").await?;
    let mut current = session::lock(&mut tx, person.session)
        .await?
        .ok_or(Error::SessionRevoked)?;
    if current.ended_at.is_some() {
        return Err(Error::SessionRevoked);
    }
    current.auth_time = now;
    current.second_factor = current.second_factor || has_factor;
    session::update(&mut tx, &current).await?;
    tx.commit().await?;
    Ok(app.tokens.access(
        &Session {
            organization: person.organization,
            ..current
        },
        None,
        now,
    ))
}
