//! Disables, enables and deletes service accounts.

use entente_access::Access;
use entente_contracts::Repeatable;
use entente_idempotency::Once;
use entente_ids::{OrganizationId, ServiceAccountId};
use entente_service::Actor;
use prost::Message;

use super::giving::{present_account, roles_of, service_account_change};
use super::revoke_api_key::end_key;
use super::{App, check_etag};
use crate::domain::service_account::{ServiceAccount, ServiceAccountState};
use crate::error::Error;
use crate::store::{api_key, revision, service_account};

/// What is to become of which account.
#[derive(Debug, Clone)]
pub struct SetServiceAccountState {
    /// Where.
    pub organization: OrganizationId,
    /// Which account.
    pub id: ServiceAccountId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// Where it is to stand.
    pub state: ServiceAccountState,
}

/// Sets the state. What that takes away is gone when this returns; a deleted account's keys are ended for good.
///
/// # Errors
/// [`Error::NotFound`], [`Error::ServiceAccount`] for one that was deleted, [`Error::StaleEtag`], [`Error::Member`] for one
/// that holds more than the caller, or a failure beneath.
pub async fn run<Q: Repeatable, A: Message + Default>(
    app: &App,
    access: &Access,
    command: SetServiceAccountState,
    once: Once<'_, Q>,
    answer: impl FnOnce(&ServiceAccount) -> A,
) -> Result<A, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.set_service_account_state", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = present_account(&mut tx, command.organization, command.id).await?;
    check_etag(&command.etag, before.version)?;
    let own = app.own_authority(&mut tx, access, command.organization).await?;
    let roles = roles_of(&mut tx, &before).await?;
    app.check_held(own, command.organization, &roles)?;
    if before.state == command.state {
        let answer = answer(&before);
        once.remember(&mut tx, &answer).await?;
        return app.again(tx, answer).await;
    }

    let after = ServiceAccount {
        state: command.state,
        ..before.clone()
    }
    .changed(now);
    service_account::update(&mut tx, &after).await?;
    let actor = Actor::from(access);
    app.announcer
        .service_account(&mut tx, kind(command.state), &actor, Some(&before), &after)
        .await?;
    let mut changes = vec![service_account_change(&after)];
    if command.state == ServiceAccountState::Deleted {
        for key in api_key::list_good(&mut tx, command.id, now).await? {
            let (_, change) = end_key(app, &mut tx, &actor, &key, now).await?;
            changes.push(change);
        }
    }
    let answer = answer(&after);
    once.remember(&mut tx, &answer).await?;
    let revision = revision::append(&mut tx, &changes, now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}

fn kind(state: ServiceAccountState) -> &'static str {
    match state {
        ServiceAccountState::Active => "service_account.enabled",
        ServiceAccountState::Disabled => "service_account.disabled",
        ServiceAccountState::Deleted => "service_account.deleted",
    }
}
