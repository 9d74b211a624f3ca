//! Makes a service account.

use entente_access::Access;
use entente_contracts::identity::v1::{CreateServiceAccountRequest, CreateServiceAccountResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::App;
use super::giving::service_account_change;
use crate::domain::name::DisplayName;
use crate::domain::role::RoleRef;
use crate::domain::service_account::{ServiceAccount, ServiceAccountState};
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::store::{revision, service_account};

/// What to make.
#[derive(Debug, Clone)]
pub struct CreateServiceAccount {
    /// Where.
    pub organization: OrganizationId,
    /// Its name.
    pub display_name: DisplayName,
    /// What it is for.
    pub description: String,
    /// Its role, if it is to have one.
    pub role: Option<RoleRef>,
}

/// Makes the account, without a key.
///
/// # Errors
/// [`Error::Member`] for a role that the caller can't give, [`Error::Taken`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: CreateServiceAccount,
    once: Once<'_, CreateServiceAccountRequest>,
) -> Result<CreateServiceAccountResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.create_service_account", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let own = app.own_authority(&mut tx, access, command.organization).await?;
    app.check_given(own, command.organization, command.role.as_slice())?;
    let made = ServiceAccount {
        id: app.new_id(now),
        organization: command.organization,
        display_name: command.display_name,
        description: command.description,
        role: command.role,
        groups: Vec::new(),
        state: ServiceAccountState::Active,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    service_account::add(&mut tx, &made).await?;
    let actor = Actor::from(access);
    app.announcer
        .service_account(&mut tx, "service_account.created", &actor, None, &made)
        .await?;
    let answer = CreateServiceAccountResponse {
        service_account: Some(messages::service_account(&made)),
    };
    once.remember(&mut tx, &answer).await?;
    let revision = revision::append(&mut tx, &[service_account_change(&made)], now).await?;
    tx.commit().await?;
    app.given(revision).await;
    Ok(answer)
}
