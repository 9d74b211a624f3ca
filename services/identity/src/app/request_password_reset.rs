//! Lets a link be mailed by which a person chooses a new password.

use entente_ids::UserId;
use uuid::Uuid;

use super::App;
use crate::domain::email::EmailAddress;
use crate::domain::link::{AccountPurpose, LastLink};
use crate::domain::origin::Origin;
use crate::error::Error;
use crate::store::{account_link, user_account};

/// Makes the link, and announces it. Where nobody has the address, as much is done; where too many mails were asked for,
/// nothing, whoever has it. Who asks has no organization, so it runs as the worker.
///
/// # Errors
/// A failure beneath. Nothing tells whether there is an account.
pub async fn run(app: &App, email: &EmailAddress, origin: &Origin) -> Result<(), Error> {
    let place = origin.caller();
    let allowed = app
        .mails
        .take(email.as_str(), place.as_deref(), app.context.clock.monotonic());
    if allowed.is_err() {
        return Ok(());
    }
    let now = app.now();
    let mut tx = app.database().system("identity.request_password_reset").await?;
    let account = user_account::find_by_email(&mut tx, email).await?;
    let user = account
        .as_ref()
        .map_or(UserId::from_uuid(Uuid::nil()), |account| account.id);
    user_account::lock(&mut tx, user).await?;
    let last = account_link::find(&mut tx, user, AccountPurpose::PasswordReset).await?;
    let next = LastLink::next(last, None, now);
    account_link::put(&mut tx, user, AccountPurpose::PasswordReset, &next).await?;
    app.announcer
        .password_reset(&mut tx, account.as_ref(), app.new_id(now))
        .await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(())
}
