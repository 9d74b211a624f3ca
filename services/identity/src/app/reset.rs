//! What the resets of a member's credentials share.

use entente_access::Access;
use sqlx::PgConnection;

use super::acting::Acting;
use super::{App, OneMember};
use crate::domain::member::{Member, MemberRefusal};
use crate::error::Error;
use crate::store::user_account::{self, Account};

/// Locks the organization, and checks that the caller may reset the credentials of the member.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::MemberNotActive`], [`Error::Member`], or a failure beneath.
pub(super) async fn begin(
    app: &App,
    conn: &mut PgConnection,
    access: &Access,
    command: &OneMember,
) -> Result<Member, Error> {
    let acting = Acting::begin(app, conn, access, command.organization).await?;
    let member = acting.find(conn, command.id, &command.etag).await?;
    if !member.is_active() {
        return Err(Error::MemberNotActive);
    }
    // Without this, whoever finds a session open would do without what its owner must show.
    if member.user == access.person().ok().map(|person| person.user) {
        return Err(MemberRefusal::OwnCredential.into());
    }
    acting.check_above(&member)?;
    Ok(member)
}

/// The account of a member, locked.
///
/// # Errors
/// [`Error::NotFound`] where the person has none, or a failure of the database.
pub(super) async fn account_of(conn: &mut PgConnection, member: &Member) -> Result<Account, Error> {
    let user = member.user.ok_or(Error::NotFound("member"))?;
    user_account::lock(conn, user)
        .await?
        .ok_or(Error::NotFound("member"))
}
