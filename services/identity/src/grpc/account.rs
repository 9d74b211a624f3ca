//! `AccountService`.

use entente_access::Access;
use entente_contracts::identity::v1::account_service_server::AccountService;
use entente_contracts::identity::v1::{GetProfileRequest, GetProfileResponse};
use tonic::{Request, Response, Status};

use super::{SharedApp, convert};
use crate::app::get_profile;

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
}
