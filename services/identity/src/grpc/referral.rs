//! `ReferralService`.

use entente_access::Access;
use entente_contracts::identity::v1::referral_service_server::ReferralService;
use entente_contracts::identity::v1::{
    AddReferralsRequest, AddReferralsResponse, ListReferralsRequest, ListReferralsResponse,
    RemoveReferralsRequest, RemoveReferralsResponse,
};
use entente_idempotency::Once;
use entente_paging::Page;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::convert::messages;
use super::{SharedApp, convert};
use crate::app::list_referrals::{self, ListReferrals};
use crate::app::{add_referrals, remove_referrals};
use crate::error::Error;
use entente_ids::OrganizationId;

/// Serves the referral lists of advisors.
#[derive(Debug, Clone)]
pub struct Referrals {
    app: SharedApp,
}

impl Referrals {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ReferralService for Referrals {
    async fn add_referrals(
        &self,
        request: Request<AddReferralsRequest>,
    ) -> Result<Response<AddReferralsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = add_referrals::Referrals {
            partner: convert::parse("organization", &request.organization)?,
            advisor: convert::parse("member", &request.member)?,
            clients: clients(&request.clients)?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            add_referrals::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn remove_referrals(
        &self,
        request: Request<RemoveReferralsRequest>,
    ) -> Result<Response<RemoveReferralsResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = add_referrals::Referrals {
            partner: convert::parse("organization", &request.organization)?,
            advisor: convert::parse("member", &request.member)?,
            clients: clients(&request.clients)?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            remove_referrals::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn list_referrals(
        &self,
        request: Request<ListReferralsRequest>,
    ) -> Result<Response<ListReferralsResponse>, Status> {
        let request = request.into_inner();
        let list = ["ListReferrals", &request.organization, &request.member];
        let query = ListReferrals {
            partner: convert::parse("organization", &request.organization)?,
            advisor: convert::parse("member", &request.member)?,
            page: Page::read(request.page_size, &request.page_token, &list)?,
        };
        let (found, next_page_token) = list_referrals::run(&self.app, &query).await?;
        Ok(Response::new(ListReferralsResponse {
            next_page_token,
            referrals: found.iter().map(messages::referral).collect(),
        }))
    }
}

fn clients(given: &[String]) -> Result<Vec<OrganizationId>, Error> {
    if given.is_empty() {
        return Err(Error::field("clients", "is empty: give between 1 and 500"));
    }
    given.iter().map(|id| convert::parse("clients", id)).collect()
}
