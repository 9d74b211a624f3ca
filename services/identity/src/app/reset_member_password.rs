//! Lets a member who has lost their password choose another one.

use entente_access::Access;
use entente_contracts::identity::v1::{ResetMemberPasswordRequest, ResetMemberPasswordResponse};
use entente_idempotency::Once;
use entente_service::Actor;

use super::reset::{account_of, begin};
use super::{App, OneMember};
use crate::domain::link::{AccountPurpose, LastLink};
use crate::domain::origin::Origin;
use crate::error::Error;
use crate::store::account_link;

/// Mails them the link by which anybody chooses a new password who has forgotten theirs. It belongs to the person, so this
/// runs as the worker.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::MemberNotActive`], [`Error::Member`], [`Error::TooManyMails`], or a
/// failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: OneMember,
    origin: &Origin,
    once: Once<'_, ResetMemberPasswordRequest>,
) -> Result<ResetMemberPasswordResponse, Error> {
    let mut tx = app.database().system("identity.reset_member_password").await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let member = begin(app, &mut tx, access, &command).await?;
    let account = account_of(&mut tx, &member).await?;
    let place = origin.caller();
    app.mails
        .take(
            account.email.as_str(),
            place.as_deref(),
            app.context.clock.monotonic(),
        )
        .map_err(Error::TooManyMails)?;
    let last = account_link::find(&mut tx, account.id, AccountPurpose::PasswordReset).await?;
    let next = LastLink::next(last, None, app.now());
    account_link::put(&mut tx, account.id, AccountPurpose::PasswordReset, &next).await?;
    app.announcer
        .password_reset_for(&mut tx, &Actor::from(access), &account, command.organization)
        .await?;
    let answer = ResetMemberPasswordResponse {};
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}
