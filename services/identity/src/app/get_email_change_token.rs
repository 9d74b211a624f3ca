//! Gives the token of a change of address's link to the service that writes the mail.

use entente_ids::UserId;

use super::App;
use super::account_link::{self, LiveLink};
use crate::domain::email::EmailAddress;
use crate::domain::link::AccountPurpose;
use crate::error::Error;
use crate::store::user_account;

/// Computes the token, while there is a link that can be used and nobody has the address. An account belongs to no
/// organization, so it runs as the worker.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, user: UserId) -> Result<Option<(LiveLink, EmailAddress)>, Error> {
    let mut tx = app.database().system("identity.get_email_change_token").await?;
    let found = account_link::find(app, &mut tx, user, AccountPurpose::EmailChange).await?;
    let found = found.and_then(|(link, last)| Some((link, last.email?)));
    let taken = match &found {
        Some((_, email)) => user_account::find_by_email(&mut tx, email).await?.is_some(),
        None => false,
    };
    tx.commit().await?;
    Ok(found.filter(|_| !taken))
}
