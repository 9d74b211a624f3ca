//! Trades a key for an access token.

use entente_access::ServiceAccount;
use secrecy::SecretString;

use super::App;
use crate::error::Error;
use crate::security::api_key as text;
use crate::store::{api_key, organization, service_account};

/// Trades the key for a token that lives five minutes, or until the key ends. Who holds it is known only by it, so this
/// runs as the worker.
///
/// # Errors
/// [`Error::ApiKeyInvalid`], [`Error::ApiKeyExpired`], or a failure of the database.
pub async fn run(app: &App, key: &SecretString) -> Result<(SecretString, i32), Error> {
    let (id, shown) = text::read(key).ok_or(Error::ApiKeyInvalid)?;
    let now = app.now();
    let mut tx = app.database().system("identity.exchange_api_key").await?;
    let (known, hash) = api_key::lookup(&mut tx, id).await?.ok_or(Error::ApiKeyInvalid)?;
    // First of all the secret: who doesn't have it is told nothing.
    if !text::matches(&hash, &shown) || known.revoked_at.is_some() {
        return Err(Error::ApiKeyInvalid);
    }
    if !known.is_good(now) {
        return Err(Error::ApiKeyExpired);
    }
    let account = service_account::lookup(&mut tx, known.service_account).await?;
    if !account.is_some_and(|account| account.is_active()) {
        return Err(Error::ApiKeyInvalid);
    }
    // A deleted organization is found no more.
    if organization::find(&mut tx, known.organization).await?.is_none() {
        return Err(Error::ApiKeyInvalid);
    }
    if known.notes_use(now) {
        api_key::note_use(&mut tx, id, now).await?;
    }
    tx.commit().await?;
    let own = ServiceAccount {
        account: known.service_account,
        session: known.session(),
        organization: known.organization,
    };
    Ok(app.tokens.service_account(&own, now, known.expires_at))
}
