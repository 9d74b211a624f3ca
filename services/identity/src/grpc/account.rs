//! `AccountService`.

use entente_access::Access;
use entente_contracts::identity::v1::account_service_server::AccountService;
use entente_contracts::identity::v1::{
    ChangePasswordRequest, ChangePasswordResponse, ConfirmEmailChangeRequest, ConfirmEmailChangeResponse,
    GetEmailChangeTokenRequest, GetEmailChangeTokenResponse, GetPasswordResetTokenRequest,
    GetPasswordResetTokenResponse, GetProfileRequest, GetProfileResponse, LookUpEmailChangeRequest,
    LookUpEmailChangeResponse, LookUpPasswordResetRequest, LookUpPasswordResetResponse,
    RequestEmailChangeRequest, RequestEmailChangeResponse, RequestPasswordResetRequest,
    RequestPasswordResetResponse, ResetPasswordRequest, ResetPasswordResponse, UpdateProfileRequest,
    UpdateProfileResponse,
};
use entente_contracts::timestamp;
use entente_idempotency::Once;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::{SharedApp, caller, convert};
use crate::app::change_password::{self, ChangePassword};
use crate::app::reset_password::{self, ResetPassword};
use crate::app::update_profile::{self, UpdateProfile};
use crate::app::{
    confirm_email_change, get_email_change_token, get_password_reset_token, get_profile,
    look_up_email_change, look_up_password_reset, request_email_change, request_password_reset,
};
use crate::domain::email::EmailAddress;
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
            let once = Once::new(access.actor(), &request);
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

    async fn request_password_reset(
        &self,
        request: Request<RequestPasswordResetRequest>,
    ) -> Result<Response<RequestPasswordResetResponse>, Status> {
        let origin = caller::origin(&request);
        let email = EmailAddress::new(&request.get_ref().email);
        let app = self.app.clone();
        detached(async move { request_password_reset::run(&app, &email, &origin).await }).await?;
        Ok(Response::new(RequestPasswordResetResponse {}))
    }

    async fn look_up_password_reset(
        &self,
        request: Request<LookUpPasswordResetRequest>,
    ) -> Result<Response<LookUpPasswordResetResponse>, Status> {
        let (account, link) = look_up_password_reset::run(&self.app, &request.get_ref().token).await?;
        Ok(Response::new(LookUpPasswordResetResponse {
            email: account.email.into(),
            expire_time: link.expires_at.map(timestamp),
        }))
    }

    async fn reset_password(
        &self,
        request: Request<ResetPasswordRequest>,
    ) -> Result<Response<ResetPasswordResponse>, Status> {
        let origin = caller::origin(&request);
        let request = request.into_inner();
        let command = ResetPassword {
            token: request.token,
            new: request.new_password.into(),
            origin,
        };
        let app = self.app.clone();
        detached(async move { reset_password::run(&app, command).await }).await?;
        Ok(Response::new(ResetPasswordResponse {}))
    }

    async fn request_email_change(
        &self,
        request: Request<RequestEmailChangeRequest>,
    ) -> Result<Response<RequestEmailChangeResponse>, Status> {
        let access = Access::of(&request)?;
        let person = *access.person()?;
        let origin = caller::origin(&request);
        let request = request.into_inner();
        let new = convert::chosen_email("email", &request.email)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            request_email_change::run(&app, &access, &person, &origin, new, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn look_up_email_change(
        &self,
        request: Request<LookUpEmailChangeRequest>,
    ) -> Result<Response<LookUpEmailChangeResponse>, Status> {
        let (email, end) = look_up_email_change::run(&self.app, &request.get_ref().token).await?;
        Ok(Response::new(LookUpEmailChangeResponse {
            new_email: email.into(),
            expire_time: end.map(timestamp),
        }))
    }

    async fn confirm_email_change(
        &self,
        request: Request<ConfirmEmailChangeRequest>,
    ) -> Result<Response<ConfirmEmailChangeResponse>, Status> {
        let (app, token) = (self.app.clone(), request.into_inner().token);
        let account = detached(async move { confirm_email_change::run(&app, &token).await }).await?;
        Ok(Response::new(ConfirmEmailChangeResponse {
            email: account.email.into(),
        }))
    }

    async fn get_email_change_token(
        &self,
        request: Request<GetEmailChangeTokenRequest>,
    ) -> Result<Response<GetEmailChangeTokenResponse>, Status> {
        let user = convert::parse("user", &request.get_ref().user)?;
        let Some((link, email)) = get_email_change_token::run(&self.app, user).await? else {
            return Ok(Response::new(GetEmailChangeTokenResponse::default()));
        };
        Ok(Response::new(GetEmailChangeTokenResponse {
            token: link.token,
            new_email: email.into(),
            expire_time: Some(timestamp(link.expires_at)),
        }))
    }

    async fn get_password_reset_token(
        &self,
        request: Request<GetPasswordResetTokenRequest>,
    ) -> Result<Response<GetPasswordResetTokenResponse>, Status> {
        let user = convert::parse("user", &request.get_ref().user)?;
        let Some((link, account)) = get_password_reset_token::run(&self.app, user).await? else {
            return Ok(Response::new(GetPasswordResetTokenResponse::default()));
        };
        Ok(Response::new(GetPasswordResetTokenResponse {
            token: link.token,
            email: account.email.into(),
            expire_time: Some(timestamp(link.expires_at)),
        }))
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
