//! Makes a key for a service account.

use entente_access::Access;
use entente_contracts::identity::v1::{CreateApiKeyRequest, CreateApiKeyResponse};
use entente_idempotency::Once;
use entente_ids::{OrganizationId, ServiceAccountId};
use entente_pg::Tx;
use entente_service::Actor;
use jiff::Timestamp;
use secrecy::ExposeSecret as _;

use super::App;
use super::giving::{present_account, roles_of};
use crate::domain::name::DisplayName;
use crate::domain::service_account::{ApiKey, ServiceAccount, ServiceAccountRefusal, check_end};
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::security::api_key::{self as text, NewApiKey};
use crate::store::api_key;

/// What to make.
#[derive(Debug, Clone)]
pub struct CreateApiKey {
    /// Where.
    pub organization: OrganizationId,
    /// For which account.
    pub service_account: ServiceAccountId,
    /// The name that tells it from others.
    pub display_name: DisplayName,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// Makes the key. Its secret is in this answer only: a replay leaves it out.
///
/// # Errors
/// [`Error::NotFound`], [`Error::ServiceAccount`], [`Error::Field`] for its end, [`Error::Member`] for an account that
/// holds more than the caller, or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: CreateApiKey,
    once: Once<'_, CreateApiKeyRequest>,
) -> Result<CreateApiKeyResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.create_api_key", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let account = usable_account(
        app,
        access,
        &mut tx,
        command.organization,
        command.service_account,
    )
    .await?;
    let end =
        check_end(command.expires_at, now).map_err(|error| Error::field("expire_time", error.to_string()))?;
    let (key, made) = new_key(app, &account, command.display_name, end, now);
    api_key::add(&mut tx, &key, &made.hash).await?;
    let actor = Actor::from(access);
    app.announcer
        .api_key(&mut tx, "api_key.created", &actor, None, &key)
        .await?;
    let kept = CreateApiKeyResponse {
        api_key: Some(messages::api_key(&key)),
        key: String::new(),
    };
    once.remember(&mut tx, &kept).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(CreateApiKeyResponse {
        key: made.text.expose_secret().to_owned(),
        ..kept
    })
}

/// An account that the caller may have keys of: who has its key can do all that it can.
pub(super) async fn usable_account(
    app: &App,
    access: &Access,
    tx: &mut Tx,
    organization: OrganizationId,
    id: ServiceAccountId,
) -> Result<ServiceAccount, Error> {
    let account = present_account(tx, organization, id).await?;
    if !account.is_active() {
        return Err(ServiceAccountRefusal::Disabled.into());
    }
    let own = app.own_authority(tx, access, organization).await?;
    let roles = roles_of(tx, &account).await?;
    app.check_held(own, organization, &roles)?;
    Ok(account)
}

/// A new key and its secret.
pub(super) fn new_key(
    app: &App,
    account: &ServiceAccount,
    display_name: DisplayName,
    expires_at: Timestamp,
    now: Timestamp,
) -> (ApiKey, NewApiKey) {
    let key = ApiKey {
        id: app.new_id(now),
        organization: account.organization,
        service_account: account.id,
        display_name,
        expires_at,
        last_used_at: None,
        revoked_at: None,
        successor: None,
        created_at: now,
    };
    let made = text::make(key.id, &app.context.random);
    (key, made)
}
