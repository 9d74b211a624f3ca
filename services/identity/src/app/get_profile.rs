//! Reads a person's profile.

use entente_access::Person;

use super::App;
use crate::error::Error;
use crate::store::user_account::{self, Account};

/// Reads the account behind a token. It belongs to no organization, so it runs as the worker.
///
/// # Errors
/// [`Error::SessionRevoked`] when the person is gone, or a failure of the database.
pub async fn run(app: &App, person: &Person) -> Result<Account, Error> {
    let mut tx = app.database().system("identity.get_profile").await?;
    let account = user_account::find(&mut tx, person.user).await?;
    tx.commit().await?;
    account.ok_or(Error::SessionRevoked)
}
