//! Shows whose password a mailed link resets.

use super::{App, account_link};
use crate::domain::link::{AccountPurpose, LastLink};
use crate::error::Error;
use crate::store::user_account::Account;

/// Finds the account behind a link. It is for whoever holds the link, so it runs as the worker.
///
/// # Errors
/// [`Error::LinkDead`], or a failure of the database.
pub async fn run(app: &App, token: &str) -> Result<(Account, LastLink), Error> {
    let link = app.account_links.link(AccountPurpose::PasswordReset, token);
    let link = link.ok_or(Error::LinkDead)?;
    let mut tx = app.database().system("identity.look_up_password_reset").await?;
    let found = account_link::open(app, &mut tx, link).await?;
    tx.commit().await?;
    Ok(found)
}
