//! Gives the token of a password reset's link to the service that writes the mail.

use entente_ids::UserId;

use super::App;
use super::account_link::{self, LiveLink};
use crate::domain::link::AccountPurpose;
use crate::error::Error;
use crate::store::user_account::{self, Account};

/// Computes the token, while there is a link that can be used. An account belongs to no organization, so it runs as the
/// worker.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, user: UserId) -> Result<Option<(LiveLink, Account)>, Error> {
    let mut tx = app.database().system("identity.get_password_reset_token").await?;
    let found = account_link::find(app, &mut tx, user, AccountPurpose::PasswordReset).await?;
    let account = user_account::find(&mut tx, user).await?;
    tx.commit().await?;
    Ok(found.map(|(link, _)| link).zip(account))
}
