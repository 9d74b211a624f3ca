//! Finds out how somebody is written to.

use entente_ids::{OrganizationId, UserId};

use super::App;
use crate::domain::email::EmailAddress;
use crate::domain::settings::{Locale, Locales};
use crate::error::Error;
use crate::store::settings;

/// Finds it out, by the person or by the address.
///
/// # Errors
/// A failure of the database.
pub async fn run(
    app: &App,
    organization: OrganizationId,
    user: Option<UserId>,
    email: Option<EmailAddress>,
) -> Result<Locale, Error> {
    let mut tx = app.database().system("identity.get_locale").await?;
    let locale = settings::locale(&mut tx, organization, user, email.as_ref()).await?;
    tx.commit().await?;
    Ok(locale)
}

/// Finds it out for people of one organization at once, also for who is only invited there and has an account elsewhere.
///
/// # Errors
/// A failure of the database.
pub async fn of_people(
    app: &App,
    organization: OrganizationId,
    emails: &[&EmailAddress],
) -> Result<Locales, Error> {
    let mut tx = app.database().system("identity.list_locales").await?;
    let usual = settings::locale(&mut tx, organization, None, None).await?;
    let chosen = settings::chosen_languages(&mut tx, emails).await?;
    tx.commit().await?;
    Ok(Locales { usual, chosen })
}
