//! Lets a member in again who has lost their second factor.

use entente_access::Access;
use entente_contracts::identity::v1::{ResetMemberSecondFactorRequest, ResetMemberSecondFactorResponse};
use entente_idempotency::Once;
use entente_service::Actor;

use super::reset::{account_of, begin};
use super::revoke_other_sessions::end_sessions;
use super::second_factor::announce_by;
use super::{App, OneMember};
use crate::domain::member::MemberRefusal;
use crate::error::Error;
use crate::events::CredentialEvent;
use crate::store::{challenge, member, second_factor};

/// Gives the factor up, and ends the person's sessions everywhere before it returns. It belongs to the person, so this runs
/// as the worker.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], [`Error::MemberNotActive`], [`Error::Member`], [`Error::NoSecondFactor`], or a
/// failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: OneMember,
    once: Once<'_, ResetMemberSecondFactorRequest>,
) -> Result<ResetMemberSecondFactorResponse, Error> {
    let (now, actor) = (app.now(), Actor::from(access));
    let mut tx = app
        .database()
        .system("identity.reset_member_second_factor")
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    let member = begin(app, &mut tx, access, &command).await?;
    let account = account_of(&mut tx, &member).await?;
    // The account is locked: nobody joins another organization meanwhile.
    let places = member::list_memberships(&mut tx, account.id).await?;
    if places
        .iter()
        .any(|place| place.organization != command.organization)
    {
        return Err(MemberRefusal::Elsewhere.into());
    }
    second_factor::lock(&mut tx, account.id)
        .await?
        .filter(|factor| factor.enrolled.is_some())
        .ok_or(Error::NoSecondFactor)?;
    second_factor::remove(&mut tx, account.id, now).await?;
    challenge::forget(&mut tx, account.id).await?;
    announce_by(
        app,
        &mut tx,
        CredentialEvent::Disabled,
        &actor,
        account.id,
        command.organization,
    )
    .await?;
    let ended = end_sessions(app, &mut tx, &actor, account.id, None, now).await?;
    let answer = ResetMemberSecondFactorResponse {};
    once.remember(&mut tx, &answer).await?;
    app.commit(tx, &ended, now).await?;
    Ok(answer)
}
