//! `SecondFactorService`.

use entente_access::Access;
use entente_contracts::identity::v1::second_factor_service_server::SecondFactorService;
use entente_contracts::identity::v1::{
    ConfirmTotpRequest, ConfirmTotpResponse, DisableTotpRequest, DisableTotpResponse, EnrollTotpRequest,
    EnrollTotpResponse, GetSecondFactorRequest, GetSecondFactorResponse, RegenerateRecoveryCodesRequest,
    RegenerateRecoveryCodesResponse, SecondFactor, SecondFactorState, VerifySecondFactorRequest,
    VerifySecondFactorResponse,
};
use entente_contracts::timestamp;
use entente_runtime::detached;
use secrecy::{ExposeSecret as _, SecretString};
use tonic::{Request, Response, Status};

use super::{SharedApp, convert};
use crate::app::{
    confirm_totp, disable_totp, enroll_totp, get_second_factor, regenerate_recovery_codes,
    verify_second_factor,
};
use crate::domain::second_factor::SecondFactor as Factor;

/// Serves second factors.
#[derive(Debug, Clone)]
pub struct SecondFactors {
    app: SharedApp,
}

impl SecondFactors {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl SecondFactorService for SecondFactors {
    async fn get_second_factor(
        &self,
        request: Request<GetSecondFactorRequest>,
    ) -> Result<Response<GetSecondFactorResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let (factor, left) = get_second_factor::run(&self.app, &person).await?;
        Ok(Response::new(GetSecondFactorResponse {
            second_factor: Some(second_factor(factor.as_ref(), left)),
        }))
    }

    async fn enroll_totp(
        &self,
        request: Request<EnrollTotpRequest>,
    ) -> Result<Response<EnrollTotpResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let app = self.app.clone();
        let enrolment = detached(async move { enroll_totp::run(&app, &person).await }).await?;
        Ok(Response::new(EnrollTotpResponse {
            otpauth_uri: enrolment.uri.expose_secret().to_owned(),
            secret: enrolment.secret.expose_secret().to_owned(),
        }))
    }

    async fn confirm_totp(
        &self,
        request: Request<ConfirmTotpRequest>,
    ) -> Result<Response<ConfirmTotpResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let (app, code) = (self.app.clone(), request.into_inner().code.into());
        let (codes, tokens) = detached(async move { confirm_totp::run(&app, &person, &code).await }).await?;
        Ok(Response::new(ConfirmTotpResponse {
            recovery_codes: shown(&codes),
            tokens: Some(convert::tokens(&tokens)),
        }))
    }

    async fn verify_second_factor(
        &self,
        request: Request<VerifySecondFactorRequest>,
    ) -> Result<Response<VerifySecondFactorResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let (app, code) = (self.app.clone(), request.into_inner().code.into());
        let tokens = detached(async move { verify_second_factor::run(&app, &person, &code).await }).await?;
        Ok(Response::new(VerifySecondFactorResponse {
            tokens: Some(convert::tokens(&tokens)),
        }))
    }

    async fn regenerate_recovery_codes(
        &self,
        request: Request<RegenerateRecoveryCodesRequest>,
    ) -> Result<Response<RegenerateRecoveryCodesResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let app = self.app.clone();
        let codes = detached(async move { regenerate_recovery_codes::run(&app, &person).await }).await?;
        Ok(Response::new(RegenerateRecoveryCodesResponse {
            recovery_codes: shown(&codes),
        }))
    }

    async fn disable_totp(
        &self,
        request: Request<DisableTotpRequest>,
    ) -> Result<Response<DisableTotpResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let (app, code) = (self.app.clone(), request.into_inner().code.into());
        detached(async move { disable_totp::run(&app, &person, &code).await }).await?;
        Ok(Response::new(DisableTotpResponse {}))
    }
}

fn shown(codes: &[SecretString]) -> Vec<String> {
    codes.iter().map(|code| code.expose_secret().to_owned()).collect()
}

fn second_factor(factor: Option<&Factor>, left: i64) -> SecondFactor {
    let enrolled = factor.and_then(|factor| factor.enrolled.as_ref());
    let pending = factor.is_some_and(|factor| factor.pending.is_some());
    let state = match enrolled {
        Some(_) => SecondFactorState::Enrolled,
        None if pending => SecondFactorState::Pending,
        None => SecondFactorState::None,
    };
    SecondFactor {
        state: state.into(),
        enroll_time: enrolled.map(|enrolled| timestamp(enrolled.at)),
        recovery_codes_left: i32::try_from(left).unwrap_or_default(),
    }
}
