//! Gives up the link between a person and their account at the identity provider.

use entente_access::Person;
use entente_contracts::identity::v1::{DeleteProviderLinkRequest, DeleteProviderLinkResponse};
use entente_idempotency::Once;
use entente_ids::UserId;
use sqlx::PgConnection;

use super::App;
use super::second_factor::announce;
use crate::error::Error;
use crate::events::CredentialEvent;
use crate::store::challenge;
use crate::store::provider_link::{self, Unlinked};

/// Gives up the link with the provider that the installation has now, so that the next sign-in there links anew. Every
/// account has a password, so nobody is locked out. It belongs to a person, so this runs as the worker.
///
/// # Errors
/// [`Error::SessionRevoked`] when the person is gone, or a failure beneath.
pub async fn run(
    app: &App,
    person: &Person,
    once: Once<'_, DeleteProviderLinkRequest>,
) -> Result<DeleteProviderLinkResponse, Error> {
    let mut tx = app.database().system("identity.delete_provider_link").await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    if unlink(app, &mut tx, person.user).await? == Unlinked::Now {
        // Who waits for a code by what the provider said before begins again.
        challenge::forget(&mut tx, person.user).await?;
        announce(
            app,
            &mut tx,
            CredentialEvent::ProviderUnlinked,
            person.user,
            person.organization,
        )
        .await?;
    }
    let answer = DeleteProviderLinkResponse {};
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}

async fn unlink(app: &App, conn: &mut PgConnection, user: UserId) -> Result<Unlinked, Error> {
    match &app.provider {
        Some(provider) => provider_link::remove(conn, provider.issuer(), user).await,
        None => Ok(Unlinked::Before),
    }
}
