//! Changes a person's password.

use entente_access::{Access, Person};
use entente_service::Actor;
use secrecy::SecretString;

use super::revoke_other_sessions::end_sessions;
use super::{App, sign_in};
use crate::domain::origin::Origin;
use crate::error::Error;
use crate::security::password::Verdict;
use crate::security::throttle::{Attempt, Place};
use crate::store::user_account::Account;
use crate::store::{account_link, challenge, revision, session, user_account};

/// What to change.
#[derive(Debug)]
pub struct ChangePassword {
    /// The present password.
    pub present: SecretString,
    /// The new one.
    pub new: SecretString,
    /// Where the call comes from.
    pub origin: Origin,
}

/// Changes it, and ends all sessions but the one that asks: whoever knew the old one is out. An account belongs to no
/// organization, so it runs as the worker.
///
/// # Errors
/// [`Error::CredentialsWrong`], [`Error::TooManyAttempts`], [`Error::Field`], [`Error::SessionRevoked`], or a failure
/// beneath.
pub async fn run(app: &App, access: &Access, person: &Person, command: ChangePassword) -> Result<(), Error> {
    let known = verified(app, person, &command).await?;
    // Before the transaction: hashing takes long, and no row should be locked meanwhile.
    let hash = app
        .choose_password("new_password", &command.new, &known.email, &known.display_name)
        .await?;

    let (now, actor) = (app.now(), Actor::from(access));
    let mut tx = app.database().system("identity.change_password").await?;
    let account = user_account::lock(&mut tx, person.user)
        .await?
        .filter(|account| account.password_hash == known.password_hash)
        .ok_or(Error::CredentialsWrong)?;
    session::lock(&mut tx, person.session)
        .await?
        .filter(|session| session.ended_at.is_none())
        .ok_or(Error::SessionRevoked)?;
    user_account::set_password(&mut tx, account.id, &hash, now).await?;
    account_link::call_off(&mut tx, account.id).await?;
    challenge::forget(&mut tx, account.id).await?;
    app.announcer
        .account(&mut tx, "account.password_changed", &actor, None, &account)
        .await?;
    let ended = end_sessions(app, &mut tx, &actor, account.id, Some(person.session), now).await?;
    let revision = revision::append(&mut tx, &ended, now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(())
}

async fn verified(app: &App, person: &Person, command: &ChangePassword) -> Result<Account, Error> {
    let mut tx = app.database().system("identity.find_account").await?;
    let account = user_account::find(&mut tx, person.user)
        .await?
        .ok_or(Error::SessionRevoked)?;
    let known = session::list_origins(&mut tx, person.user).await?;
    tx.commit().await?;
    let attempt = Attempt {
        email: account.email.to_string(),
        client: command.origin.caller(),
    };
    app.begin_attempt(&attempt, Place::of(&known, &command.origin))?;
    let verdict = app
        .passwords
        .verify(&command.present, Some(&account.password_hash))
        .await?;
    if verdict == Verdict::Wrong {
        sign_in::refuse(app, Some(&account), Some(person.organization)).await?;
        return Err(Error::CredentialsWrong);
    }
    app.throttle.succeeded(&attempt);
    Ok(account)
}
