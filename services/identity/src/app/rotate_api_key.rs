//! Replaces a key by a new one; the old one goes on for a while, so that programs can change over.

use entente_access::Access;
use entente_contracts::identity::v1::{RotateApiKeyRequest, RotateApiKeyResponse};
use entente_idempotency::Once;
use entente_ids::{ApiKeyId, OrganizationId, ServiceAccountId};
use entente_service::Actor;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;

use super::App;
use super::create_api_key::{new_key, usable_account};
use super::revoke_api_key::end_key;
use crate::domain::service_account::{ApiKey, ServiceAccountRefusal, check_end};
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::store::{api_key, revision};

/// What to replace.
#[derive(Debug, Clone)]
pub struct RotateApiKey {
    /// Where.
    pub organization: OrganizationId,
    /// Whose key.
    pub service_account: ServiceAccountId,
    /// Which key.
    pub id: ApiKeyId,
    /// Until when the new one can be used.
    pub expires_at: Timestamp,
    /// For how long the old one goes on.
    pub overlap: SignedDuration,
}

/// Makes the new key. Its secret is in this answer only: a replay leaves it out. Without an overlap the old one is dead
/// when this returns, with its access tokens. With one, those that were made before live out their five minutes: sessions
/// can be ended, but not at a time to come.
///
/// # Errors
/// As for making a key; [`Error::ServiceAccount`] also for a key that has ended or was replaced.
pub async fn run(
    app: &App,
    access: &Access,
    command: RotateApiKey,
    once: Once<'_, RotateApiKeyRequest>,
) -> Result<RotateApiKeyResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.rotate_api_key", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
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
    let before = api_key::lock(&mut tx, command.organization, account.id, command.id)
        .await?
        .ok_or(Error::NotFound("key"))?;
    check_replaceable(&before, now)?;
    let end =
        check_end(command.expires_at, now).map_err(|error| Error::field("expire_time", error.to_string()))?;

    let actor = Actor::from(access);
    let (key, made) = new_key(app, &account, before.display_name.clone(), end, now);
    api_key::add(&mut tx, &key, &made.hash).await?;
    app.announcer
        .api_key(&mut tx, "api_key.created", &actor, None, &key)
        .await?;
    let mut replaced = ApiKey {
        successor: Some(key.id),
        expires_at: before.end_after(command.overlap, now),
        ..before.clone()
    };
    api_key::update(&mut tx, &replaced).await?;
    app.announcer
        .api_key(&mut tx, "api_key.rotated", &actor, Some(&before), &replaced)
        .await?;
    let mut changes = Vec::new();
    if command.overlap.is_zero() {
        let (ended, change) = end_key(app, &mut tx, &actor, &replaced, now).await?;
        replaced = ended;
        changes.push(change);
    }
    let kept = RotateApiKeyResponse {
        api_key: Some(messages::api_key(&key)),
        key: String::new(),
        replaced: Some(messages::api_key(&replaced)),
    };
    once.remember(&mut tx, &kept).await?;
    if changes.is_empty() {
        tx.commit().await?;
        app.announcer.wake();
    } else {
        let revision = revision::append(&mut tx, &changes, now).await?;
        tx.commit().await?;
        app.applied(revision).await;
    }
    Ok(RotateApiKeyResponse {
        key: made.text.expose_secret().to_owned(),
        ..kept
    })
}

fn check_replaceable(key: &ApiKey, now: Timestamp) -> Result<(), ServiceAccountRefusal> {
    if !key.is_good(now) {
        return Err(ServiceAccountRefusal::KeyEnded);
    }
    if key.successor.is_some() {
        return Err(ServiceAccountRefusal::KeyReplaced);
    }
    Ok(())
}
