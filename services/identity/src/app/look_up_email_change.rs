//! Shows which address a mailed link confirms.

use jiff::Timestamp;

use super::{App, account_link};
use crate::domain::email::EmailAddress;
use crate::domain::link::AccountPurpose;
use crate::error::Error;

/// Finds what is behind a link: the new address, and until when it can be confirmed. It is for whoever holds the link, so
/// it runs as the worker.
///
/// # Errors
/// [`Error::LinkDead`], or a failure of the database.
pub async fn run(app: &App, token: &str) -> Result<(EmailAddress, Option<Timestamp>), Error> {
    let link = app.account_links.link(AccountPurpose::EmailChange, token);
    let link = link.ok_or(Error::LinkDead)?;
    let mut tx = app.database().system("identity.look_up_email_change").await?;
    let (_, last) = account_link::open(app, &mut tx, link).await?;
    tx.commit().await?;
    Ok((last.email.ok_or(Error::LinkDead)?, last.expires_at))
}
