//! `SettingsService`.

use entente_access::Access;
use entente_contracts::identity::v1::settings_service_server::SettingsService;
use entente_contracts::identity::v1::{
    GetLocaleRequest, GetLocaleResponse, GetSettingsRequest, GetSettingsResponse, UpdateSettingsRequest,
    UpdateSettingsResponse,
};
use entente_idempotency::Once;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::{SharedApp, convert};
use crate::app::update_settings::{self, UpdateSettings};
use crate::app::{get_locale, get_settings};
use crate::error::Error;

/// Serves the settings of organizations.
#[derive(Debug, Clone)]
pub struct GeneralSettings {
    app: SharedApp,
}

impl GeneralSettings {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl SettingsService for GeneralSettings {
    async fn get_settings(
        &self,
        request: Request<GetSettingsRequest>,
    ) -> Result<Response<GetSettingsResponse>, Status> {
        let organization = convert::parse("organization", &request.get_ref().organization)?;
        let settings = get_settings::run(&self.app, organization).await?;
        Ok(Response::new(GetSettingsResponse {
            settings: Some(convert::settings(&settings)),
        }))
    }

    async fn update_settings(
        &self,
        request: Request<UpdateSettingsRequest>,
    ) -> Result<Response<UpdateSettingsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = update(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            update_settings::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn get_locale(
        &self,
        request: Request<GetLocaleRequest>,
    ) -> Result<Response<GetLocaleResponse>, Status> {
        let request = request.get_ref();
        let locale = get_locale::run(
            &self.app,
            convert::parse("organization", &request.organization)?,
            convert::parse_optional("user", &request.user)?,
            convert::email(&request.email),
        );
        let locale = locale.await?;
        Ok(Response::new(GetLocaleResponse {
            language: locale.language.as_str().to_owned(),
            time_zone: locale.time_zone.as_str().to_owned(),
        }))
    }
}

fn update(request: &UpdateSettingsRequest) -> Result<UpdateSettings, Error> {
    let settings = request.settings.as_ref();
    let settings = settings.ok_or_else(|| Error::field("settings", "is missing: give an object"))?;
    let paths = convert::paths(request.update_mask.as_ref(), &["language", "time_zone"])?;
    let mut command = UpdateSettings {
        organization: convert::parse("settings.organization", &settings.organization)?,
        etag: settings.etag.clone(),
        language: None,
        time_zone: None,
    };
    if paths.contains(&"language") {
        command.language = Some(convert::language("settings.language", &settings.language)?);
    }
    if paths.contains(&"time_zone") {
        let zone = convert::parse_optional("settings.time_zone", &settings.time_zone)?;
        command.time_zone = Some(zone);
    }
    Ok(command)
}
