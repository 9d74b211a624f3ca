//! `AccountService`.

use entente_access::Access;
use entente_contracts::identity::v1::account_service_server::AccountService;
use entente_contracts::identity::v1::{
    ChangePasswordRequest, ChangePasswordResponse, GetProfileRequest, GetProfileResponse,
    UpdateProfileRequest, UpdateProfileResponse,
};
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::{SharedApp, caller, convert};
use crate::app::change_password::{self, ChangePassword};
use crate::app::update_profile::{self, UpdateProfile};
use crate::app::{Once, get_profile};
use crate::error::Error;

/// Serves the accounts of people.
#[derive(Debug, Clone)]
pub struct Accounts {
    app: SharedApp,
}

impl Accounts {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl AccountService for Accounts {
    async fn get_profile(
        &self,
        request: Request<GetProfileRequest>,
    ) -> Result<Response<GetProfileResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let account = get_profile::run(&self.app, &person).await?;
        Ok(Response::new(GetProfileResponse {
            profile: Some(convert::profile(&account)),
        }))
    }

    async fn update_profile(
        &self,
        request: Request<UpdateProfileRequest>,
    ) -> Result<Response<UpdateProfileResponse>, Status> {
        let access = Access::of(&request)?;
        let person = *access.person()?;
        let request = request.into_inner();
        let command = update(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(
                &access,
                "AccountService/UpdateProfile",
                &request.request_id,
                &request,
            );
            update_profile::run(&app, &access, &person, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn change_password(
        &self,
        request: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        let access = Access::of(&request)?;
        let person = *access.person()?;
        let origin = caller::origin(&request);
        let request = request.into_inner();
        let command = ChangePassword {
            present: request.password.into(),
            new: request.new_password.into(),
            origin,
        };
        let app = self.app.clone();
        detached(async move { change_password::run(&app, &access, &person, command).await }).await?;
        Ok(Response::new(ChangePasswordResponse {}))
    }
}

fn update(request: &UpdateProfileRequest) -> Result<UpdateProfile, Error> {
    let profile = request
        .profile
        .as_ref()
        .ok_or_else(|| Error::field("profile", "is missing: give an object"))?;
    let paths = convert::paths(request.update_mask.as_ref(), &["display_name", "language"])?;
    let mut command = UpdateProfile {
        etag: profile.etag.clone(),
        display_name: None,
        language: None,
    };
    if paths.contains(&"display_name") {
        command.display_name = Some(convert::display_name(
            "profile.display_name",
            &profile.display_name,
        )?);
    }
    if paths.contains(&"language") {
        command.language = Some(convert::language("profile.language", &profile.language)?);
    }
    Ok(command)
}
