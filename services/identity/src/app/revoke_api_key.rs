//! Ends a key: it is dead when the answer comes, and so are the access tokens that were made from it.

use entente_access::Access;
use entente_contracts::identity::v1::{RevokeApiKeyRequest, RevokeApiKeyResponse};
use entente_idempotency::Once;
use entente_ids::{ApiKeyId, OrganizationId, ServiceAccountId};
use entente_service::Actor;
use jiff::Timestamp;
use sqlx::PgConnection;

use super::App;
use crate::domain::decision::Change;
use crate::domain::service_account::ApiKey;
use crate::error::Error;
use crate::grpc::convert::messages;
use crate::security::token::Tokens;
use crate::store::{api_key, revision, session};

/// Which key to end.
#[derive(Debug, Clone)]
pub struct RevokeApiKey {
    /// Where.
    pub organization: OrganizationId,
    /// Whose key.
    pub service_account: ServiceAccountId,
    /// Which key.
    pub id: ApiKeyId,
}

/// Ends the key. One that was revoked stays so. Whoever may end keys may end any: a leaked one must not wait for
/// somebody who holds more.
///
/// # Errors
/// [`Error::NotFound`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: RevokeApiKey,
    once: Once<'_, RevokeApiKeyRequest>,
) -> Result<RevokeApiKeyResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.revoke_api_key", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return app.again(tx, answer).await;
    }
    app.lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = api_key::lock(&mut tx, command.organization, command.service_account, command.id)
        .await?
        .ok_or(Error::NotFound("key"))?;
    if before.revoked_at.is_some() {
        let answer = answer(&before);
        once.remember(&mut tx, &answer).await?;
        return app.again(tx, answer).await;
    }
    let (ended, change) = end_key(app, &mut tx, &Actor::from(access), &before, now).await?;
    let answer = answer(&ended);
    once.remember(&mut tx, &answer).await?;
    let revision = revision::append(&mut tx, &[change], now).await?;
    tx.commit().await?;
    app.applied(revision).await;
    Ok(answer)
}

fn answer(key: &ApiKey) -> RevokeApiKeyResponse {
    RevokeApiKeyResponse {
        api_key: Some(messages::api_key(key)),
    }
}

/// Ends a key in the caller's transaction; the change is the caller's to append.
pub(super) async fn end_key(
    app: &App,
    conn: &mut PgConnection,
    actor: &Actor,
    before: &ApiKey,
    now: Timestamp,
) -> Result<(ApiKey, Change), Error> {
    let after = ApiKey {
        revoked_at: Some(now),
        ..before.clone()
    };
    api_key::update(conn, &after).await?;
    app.announcer
        .api_key(conn, "api_key.revoked", actor, Some(before), &after)
        .await?;
    let until = Tokens::dead_after(now);
    session::revoke(conn, after.session(), until).await?;
    let change = Change::SessionRevoked {
        session: after.session(),
        principal: after.service_account.into(),
        until,
    };
    Ok((after, change))
}
