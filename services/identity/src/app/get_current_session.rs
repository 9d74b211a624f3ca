//! Tells who is signed in, where they act, and where else they could.

use entente_access::Person;

use super::App;
use crate::error::Error;
use crate::store::member::{self, Membership};
use crate::store::user_account::{self, Account};

/// Reads the person behind a token, and their memberships. It crosses organizations, so it runs as the worker.
///
/// # Errors
/// [`Error::SessionRevoked`] when the person is gone, or a failure of the database.
pub async fn run(app: &App, person: &Person) -> Result<(Account, Vec<Membership>), Error> {
    let mut tx = app.database().system("identity.get_current_session").await?;
    let account = user_account::find(&mut tx, person.user).await?;
    let memberships = member::list_memberships(&mut tx, person.user).await?;
    tx.commit().await?;
    Ok((account.ok_or(Error::SessionRevoked)?, memberships))
}
