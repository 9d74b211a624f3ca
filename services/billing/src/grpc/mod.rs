//! The calls.

pub mod convert;

use entente_access::Access;
use entente_contracts::billing::v1::billing_account_service_server::BillingAccountService;
use entente_contracts::billing::v1::{
    GetBillingAccountRequest, GetBillingAccountResponse, UpdateBillingAccountRequest,
    UpdateBillingAccountResponse,
};
use entente_runtime::context::detached;
use tonic::{Request, Response, Status};

use crate::app::App;
use crate::app::get_billing_account::get_billing_account;
use crate::app::update_billing_account::update_billing_account;

/// The handlers of `BillingAccountService`.
#[derive(Debug)]
pub struct Handlers {
    app: App,
}

impl Handlers {
    /// Handlers over the use cases.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl BillingAccountService for Handlers {
    async fn get_billing_account(
        &self,
        request: Request<GetBillingAccountRequest>,
    ) -> Result<Response<GetBillingAccountResponse>, Status> {
        let organization = Access::of(&request)?.target()?;
        let account = get_billing_account(&self.app, organization).await?;
        Ok(Response::new(GetBillingAccountResponse {
            account: Some(convert::account(&account)),
        }))
    }

    async fn update_billing_account(
        &self,
        request: Request<UpdateBillingAccountRequest>,
    ) -> Result<Response<UpdateBillingAccountResponse>, Status> {
        let command = convert::update(&Access::of(&request)?, request.into_inner())?;
        let app = self.app.clone();
        let answer = detached(async move { update_billing_account(&app, command).await }).await?;
        Ok(Response::new(answer))
    }
}
