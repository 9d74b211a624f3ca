//! Changes the general settings of an organization.

use entente_access::Access;
use entente_contracts::identity::v1::{UpdateSettingsRequest, UpdateSettingsResponse};
use entente_idempotency::Once;
use entente_ids::OrganizationId;
use entente_service::Actor;

use super::{App, check_etag};
use crate::domain::language::Language;
use crate::domain::settings::{Settings, ZoneName};
use crate::error::Error;
use crate::grpc::convert;
use crate::store::settings;

/// What to change.
#[derive(Debug, Clone)]
pub struct UpdateSettings {
    /// Of which organization.
    pub organization: OrganizationId,
    /// What the caller last saw; empty means whatever is there.
    pub etag: String,
    /// The new language, if that changes; none within means that of the installation.
    pub language: Option<Option<Language>>,
    /// The new time zone, if that changes; none within means that of the installation.
    pub time_zone: Option<Option<ZoneName>>,
}

/// Changes them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StaleEtag`], or a failure beneath.
pub async fn run(
    app: &App,
    access: &Access,
    command: UpdateSettings,
    once: Once<'_, UpdateSettingsRequest>,
) -> Result<UpdateSettingsResponse, Error> {
    let now = app.now();
    let mut tx = app
        .database()
        .tenant("identity.update_settings", command.organization.uuid())
        .await?;
    if let Some(answer) = once.replay(&mut tx).await? {
        return Ok(answer);
    }
    let organization = app
        .lock_organization(&mut tx, access, command.organization)
        .await?;
    let before = settings::find(&mut tx, organization.id).await?;
    check_etag(&command.etag, before.version)?;
    let mut after = Settings {
        language: command.language.unwrap_or(before.language),
        time_zone: command.time_zone.unwrap_or_else(|| before.time_zone.clone()),
        ..before.clone()
    };
    if after != before {
        after.version = before.version.saturating_add(1);
        after.updated_at = Some(now);
        settings::put(&mut tx, &after, now).await?;
        app.announcer
            .settings(&mut tx, &Actor::from(access), &organization, &before, &after)
            .await?;
    }
    let answer = UpdateSettingsResponse {
        settings: Some(convert::settings(&after)),
    };
    once.remember(&mut tx, &answer).await?;
    tx.commit().await?;
    app.announcer.wake();
    Ok(answer)
}
