//! Takes clients off the list of an advisor.

use entente_access::Access;
use entente_contracts::identity::v1::{RemoveReferralsRequest, RemoveReferralsResponse};
use entente_idempotency::Once;
use entente_service::Actor;

use super::App;
use super::add_referrals::{Referrals, changes};
use crate::domain::member::MemberRefusal;
use crate::error::Error;
use crate::events::Turnover;
use crate::store::{member, referral, revision};

/// Takes them off it: the advisor's access to them has ended when this returns.
///
/// # Errors
/// [`Error::NotFound`] for the advisor, [`Error::Member`] where the caller isn't the partner's own, or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: Referrals,
    once: Once<'_, RemoveReferralsRequest>,
) -> Result<RemoveReferralsResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.remove_referrals", command.partner.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    app.lock_organization(&mut tx, access, command.partner).await?;
    let advisor = member::find(&mut tx, command.partner, command.advisor)
        .await?
        .ok_or(Error::NotFound("member"))?;
    if app.authority(&mut tx, access, command.partner).await?.is_none() {
        return Err(MemberRefusal::ExceedsOwn.into());
    }
    let removed = referral::remove(&mut tx, command.advisor, &command.clients).await?;
    let actor = Actor::from(access);
    app.announcer
        .referrals(&mut tx, Turnover::Removed, &actor, &advisor, &removed)
        .await?;
    let answer = RemoveReferralsResponse {
        removed: i32::try_from(removed.len()).unwrap_or(i32::MAX),
    };
    once.remember(&mut tx, &answer).await?;
    let Some(user) = advisor.user.filter(|_| !removed.is_empty()) else {
        return app.again(tx, answer).await;
    };
    let changes = changes(command.partner, user, &removed, Turnover::Removed);
    let revision = revision::append(&mut tx, &changes, now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}
