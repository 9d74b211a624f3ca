//! Sets a new password for who holds the link.

use entente_service::Actor;
use secrecy::SecretString;

use super::revoke_other_sessions::end_sessions;
use super::{App, account_link, look_up_password_reset};
use crate::domain::link::AccountPurpose;
use crate::domain::origin::Origin;
use crate::error::Error;
use crate::security::throttle::Attempt;
use crate::store::{self, challenge, revision, user_account};

/// What to set, and by what right.
#[derive(Debug)]
pub struct ResetPassword {
    /// The token of the link.
    pub token: String,
    /// The new password.
    pub new: SecretString,
    /// Where the call comes from.
    pub origin: Origin,
}

/// Sets it, ends all sessions, and calls off every other link of the account and every sign-in that waits for a code. Who holds the link is known only by it, so
/// it runs as the worker.
///
/// # Errors
/// [`Error::LinkDead`], [`Error::Field`], or a failure beneath.
pub async fn run(app: &App, command: ResetPassword) -> Result<(), Error> {
    let link = app
        .account_links
        .link(AccountPurpose::PasswordReset, &command.token)
        .ok_or(Error::LinkDead)?;
    let (known, _) = look_up_password_reset::run(app, &command.token).await?;
    // Before the transaction: hashing takes long, and no row should be locked meanwhile.
    let hash = app
        .choose_password("new_password", &command.new, &known.email, &known.display_name)
        .await?;

    let now = app.now();
    let actor = Actor {
        actor: link.user.to_string(),
        on_behalf_of: None,
    };
    let mut tx = app.database().system("identity.reset_password").await?;
    user_account::lock(&mut tx, link.user).await?;
    let (account, _) = account_link::open(app, &mut tx, link).await?;
    user_account::set_password(&mut tx, account.id, &hash, now).await?;
    store::account_link::call_off(&mut tx, account.id).await?;
    challenge::forget(&mut tx, account.id).await?;
    app.announcer
        .account(&mut tx, "account.password_changed", &actor, None, &account)
        .await?;
    let ended = end_sessions(app, &mut tx, &actor, account.id, None, now).await?;
    let revision = revision::append(&mut tx, &ended, now).await?;
    tx.commit().await?;
    app.throttle.forgive(&Attempt {
        email: account.email.to_string(),
        client: command.origin.caller(),
    });
    app.applied(revision).await;
    Ok(())
}
