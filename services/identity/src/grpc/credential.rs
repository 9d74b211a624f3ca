//! `CredentialService`.

use entente_access::Access;
use entente_contracts::identity::v1::credential_service_server::CredentialService;
use entente_contracts::identity::v1::{
    ResetMemberPasswordRequest, ResetMemberPasswordResponse, ResetMemberSecondFactorRequest,
    ResetMemberSecondFactorResponse,
};
use entente_idempotency::Once;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::member::one;
use super::{SharedApp, caller};
use crate::app::{reset_member_password, reset_member_second_factor};

/// Serves the resets of members' credentials.
#[derive(Debug, Clone)]
pub struct Credentials {
    app: SharedApp,
}

impl Credentials {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl CredentialService for Credentials {
    async fn reset_member_password(
        &self,
        request: Request<ResetMemberPasswordRequest>,
    ) -> Result<Response<ResetMemberPasswordResponse>, Status> {
        let (access, origin) = (Access::of(&request)?, caller::origin(&request));
        let request = request.into_inner();
        let command = one(&request.organization, &request.member, &request.etag)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            reset_member_password::run(&app, &access, command, &origin, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn reset_member_second_factor(
        &self,
        request: Request<ResetMemberSecondFactorRequest>,
    ) -> Result<Response<ResetMemberSecondFactorResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = one(&request.organization, &request.member, &request.etag)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            reset_member_second_factor::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }
}
