//! What the mailed links of accounts have in common.

use entente_ids::UserId;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::App;
use crate::domain::link::{AccountLink, AccountPurpose, LastLink};
use crate::error::Error;
use crate::store::account_link;
use crate::store::user_account::{self, Account};

/// A link that can be used.
#[derive(Debug)]
pub struct LiveLink {
    /// Its token.
    pub token: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// The link that was mailed last, while it can be used.
pub(super) async fn find(
    app: &App,
    conn: &mut PgConnection,
    user: UserId,
    purpose: AccountPurpose,
) -> Result<Option<(LiveLink, LastLink)>, Error> {
    let Some(last) = account_link::find(conn, user, purpose).await? else {
        return Ok(None);
    };
    let Some(expires_at) = last.lives_until(app.now()) else {
        return Ok(None);
    };
    let token = app.account_links.token(AccountLink {
        purpose,
        user,
        generation: last.generation,
    });
    Ok(Some((LiveLink { token, expires_at }, last)))
}

/// The account that a link is of, and what is kept of the link.
pub(super) async fn open(
    app: &App,
    conn: &mut PgConnection,
    link: AccountLink,
) -> Result<(Account, LastLink), Error> {
    let last = account_link::find(conn, link.user, link.purpose).await?;
    let last = last
        .filter(|last| last.generation == link.generation && last.lives_until(app.now()).is_some())
        .ok_or(Error::LinkDead)?;
    let account = user_account::find(conn, link.user)
        .await?
        .ok_or(Error::LinkDead)?;
    Ok((account, last))
}
