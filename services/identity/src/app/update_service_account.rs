//! Changes a service account.

use entente_access::Access;
use entente_contracts::identity::v1::{UpdateServiceAccountRequest, UpdateServiceAccountResponse};
use entente_idempotency::Once;
use entente_ids::{OrganizationId, ServiceAccountId};
use entente_service::Actor;

use super::giving::{present_account, service_account_change};
use super::{App, check_etag};
use crate::domain::name::DisplayName;
use crate::domain::role::RoleRef;
use crate::domain::service_account::ServiceAccount;
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::store::{revision, service_account};

/// What to change.
#[derive(Debug, Clone)]
pub struct UpdateServiceAccount {
    /// Where.
    pub organization: OrganizationId,
    /// Which account.
    pub id: ServiceAccountId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// The new name, if that changes.
    pub display_name: Option<DisplayName>,
    /// What it is for, if that changes.
    pub description: Option<String>,
    /// Its role, if that changes; inner none takes it away.
    pub role: Option<Option<RoleRef>>,
}

/// Changes the account. What its role takes away is gone when this returns.
///
/// # Errors
/// [`Error::NotFound`], [`Error::ServiceAccount`], [`Error::StaleEtag`], [`Error::Member`] for a role that the caller
/// can't give or take away, [`Error::Taken`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: UpdateServiceAccount,
    once: Once<'_, UpdateServiceAccountRequest>,
) -> Result<UpdateServiceAccountResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.update_service_account", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = present_account(&mut tx, command.organization, command.id).await?;
    check_etag(&command.etag, before.version)?;
    let role = command.role.unwrap_or(before.role);
    let own = app.own_authority(&mut tx, access, command.organization).await?;
    if role != before.role {
        app.check_given(own, command.organization, role.as_slice())?;
        app.check_held(own, command.organization, before.role.as_slice())?;
    }

    let mut after = ServiceAccount {
        display_name: command
            .display_name
            .unwrap_or_else(|| before.display_name.clone()),
        description: command.description.unwrap_or_else(|| before.description.clone()),
        role,
        ..before.clone()
    };
    if after != before {
        after = after.changed(now);
        service_account::update(&mut tx, &after).await?;
        let actor = Actor::from(access);
        app.announcer
            .service_account(&mut tx, "service_account.updated", &actor, Some(&before), &after)
            .await?;
    }
    let answer = UpdateServiceAccountResponse {
        service_account: Some(messages::service_account(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    if after.role == before.role {
        return app.again(tx, answer).await;
    }
    let revision = revision::append(&mut tx, &[service_account_change(&after)], now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}
