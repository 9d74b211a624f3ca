//! Tells a person whether their account is linked to one at the identity provider.

use entente_access::Person;

use super::App;
use crate::error::Error;
use crate::store::provider_link::{self, Link};

/// Reads the link with the provider that the installation has now. It belongs to a person, so this runs as the worker.
///
/// # Errors
/// A failure of the database.
pub async fn run(app: &App, person: &Person) -> Result<Option<Link>, Error> {
    let Some(provider) = &app.provider else {
        return Ok(None);
    };
    let mut tx = app.database().system("identity.get_provider_link").await?;
    let link = provider_link::find_of(&mut tx, provider.issuer(), person.user).await?;
    tx.commit().await?;
    Ok(link)
}
