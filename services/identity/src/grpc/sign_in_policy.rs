//! `SignInPolicyService`.

use entente_access::Access;
use entente_contracts::identity::v1 as contract;
use entente_contracts::identity::v1::sign_in_policy_service_server::SignInPolicyService;
use entente_contracts::identity::v1::{
    GetSignInPolicyRequest, GetSignInPolicyResponse, SetMemberSecondFactorRequest,
    SetMemberSecondFactorResponse, SetSignInPolicyRequest, SetSignInPolicyResponse,
};
use entente_idempotency::Once;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::convert::sign_in_policy::policy;
use super::{SharedApp, convert};
use crate::app::set_sign_in_policy::{self, SetSignInPolicy};
use crate::app::{OneMember, get_organization, set_member_second_factor};
use crate::domain::decision::SecondFactorPolicy;
use crate::error::Error;

/// Serves the sign-in policies.
#[derive(Debug, Clone)]
pub struct SignInPolicies {
    app: SharedApp,
}

impl SignInPolicies {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl SignInPolicyService for SignInPolicies {
    async fn get_sign_in_policy(
        &self,
        request: Request<GetSignInPolicyRequest>,
    ) -> Result<Response<GetSignInPolicyResponse>, Status> {
        let id = convert::parse("organization", &request.get_ref().organization)?;
        let organization = get_organization::run(&self.app, id).await?;
        Ok(Response::new(GetSignInPolicyResponse {
            policy: Some(policy(&organization)),
        }))
    }

    async fn set_sign_in_policy(
        &self,
        request: Request<SetSignInPolicyRequest>,
    ) -> Result<Response<SetSignInPolicyResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = SetSignInPolicy {
            organization: convert::parse("organization", &request.organization)?,
            etag: request.etag.clone(),
            second_factor: read(request.second_factor)?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            set_sign_in_policy::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn set_member_second_factor(
        &self,
        request: Request<SetMemberSecondFactorRequest>,
    ) -> Result<Response<SetMemberSecondFactorResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let policy = read(request.second_factor)?;
        let command = OneMember {
            organization: convert::parse("organization", &request.organization)?,
            id: convert::parse("member", &request.member)?,
            etag: request.etag.clone(),
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            set_member_second_factor::run(&app, &access, command, policy, once).await
        });
        Ok(Response::new(answer.await?))
    }
}

fn read(number: i32) -> Result<SecondFactorPolicy, Error> {
    let missing = || Error::field("second_factor", "is missing: give inherit, always or never");
    match contract::SecondFactorPolicy::try_from(number).map_err(|_| missing())? {
        contract::SecondFactorPolicy::Unspecified => Err(missing()),
        contract::SecondFactorPolicy::Inherit => Ok(SecondFactorPolicy::Inherit),
        contract::SecondFactorPolicy::Always => Ok(SecondFactorPolicy::Always),
        contract::SecondFactorPolicy::Never => Ok(SecondFactorPolicy::Never),
    }
}
