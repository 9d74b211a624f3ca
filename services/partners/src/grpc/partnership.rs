//! `entente.partners.v1.PartnershipService`.

use std::sync::Arc;

use entente_access::Access;
use entente_contracts::partners::v1::partnership_service_server::PartnershipService;
use entente_contracts::partners::v1::{
    ConsentToPartnershipRequest, ConsentToPartnershipResponse, EndPartnershipRequest, EndPartnershipResponse,
    GetPartnershipRequest, GetPartnershipResponse, ListClientsRequest, ListClientsResponse,
    ListPartnershipsRequest, ListPartnershipsResponse,
};
use entente_paging::Page;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::convert;
use crate::app::consent_to_partnership::consent_to_partnership;
use crate::app::end_partnership::end_partnership;
use crate::app::get_partnership::get_partnership;
use crate::app::list_clients::list_clients;
use crate::app::list_partnerships::list_partnerships;
use crate::app::{App, Call};

/// The service, over the use cases.
#[derive(Debug)]
pub struct Partnerships(pub Arc<App>);

#[tonic::async_trait]
impl PartnershipService for Partnerships {
    async fn get_partnership(
        &self,
        request: Request<GetPartnershipRequest>,
    ) -> Result<Response<GetPartnershipResponse>, Status> {
        let organization = Access::of(&request)?.target()?;
        let id = convert::id("partnership", &request.get_ref().partnership)?;
        let partnership = get_partnership(&self.0, organization, id).await?;
        Ok(Response::new(GetPartnershipResponse {
            partnership: Some(convert::partnership(&partnership)),
        }))
    }

    async fn list_partnerships(
        &self,
        request: Request<ListPartnershipsRequest>,
    ) -> Result<Response<ListPartnershipsResponse>, Status> {
        let organization = Access::of(&request)?.target()?;
        let asked = request.get_ref();
        let list = [
            "ListPartnerships",
            &asked.organization,
            asked.state().as_str_name(),
        ];
        let page = Page::read(asked.page_size, &asked.page_token, &list)?;
        let state = convert::partnership_filter(asked.state());
        let (partnerships, next_page_token) = list_partnerships(&self.0, organization, state, &page).await?;
        let partnerships = partnerships.iter().map(convert::partnership).collect();
        Ok(Response::new(ListPartnershipsResponse {
            partnerships,
            next_page_token,
        }))
    }

    async fn end_partnership(
        &self,
        request: Request<EndPartnershipRequest>,
    ) -> Result<Response<EndPartnershipResponse>, Status> {
        let (app, call) = (Arc::clone(&self.0), Call::of(request)?);
        let id = convert::id("partnership", &call.request.partnership)?;
        let answer = detached(async move { end_partnership(&app, &call, id).await }).await?;
        Ok(Response::new(answer))
    }

    async fn consent_to_partnership(
        &self,
        request: Request<ConsentToPartnershipRequest>,
    ) -> Result<Response<ConsentToPartnershipResponse>, Status> {
        let (app, call) = (Arc::clone(&self.0), Call::of(request)?);
        let id = convert::id("partnership", &call.request.partnership)?;
        let scope = convert::scope(call.request.access(), &call.request.products)?;
        let answer = detached(async move { consent_to_partnership(&app, &call, id, scope).await }).await?;
        Ok(Response::new(answer))
    }

    async fn list_clients(
        &self,
        request: Request<ListClientsRequest>,
    ) -> Result<Response<ListClientsResponse>, Status> {
        let organization = Access::of(&request)?.target()?;
        let asked = request.get_ref();
        let list = ["ListClients", &asked.organization, &asked.query];
        let page = Page::read(asked.page_size, &asked.page_token, &list)?;
        let (clients, next_page_token) = list_clients(&self.0, organization, &asked.query, &page).await?;
        let clients = clients.iter().map(convert::client).collect();
        Ok(Response::new(ListClientsResponse {
            clients,
            next_page_token,
        }))
    }
}
