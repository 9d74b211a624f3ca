//! `entente.partners.v1.PartnershipInvitationService`.

use std::sync::Arc;

use entente_access::Access;
use entente_contracts::partners::v1::partnership_invitation_service_server::PartnershipInvitationService;
use entente_contracts::partners::v1::{
    AcceptPartnershipInvitationRequest, AcceptPartnershipInvitationResponse,
    CreatePartnershipInvitationRequest, CreatePartnershipInvitationResponse, GetPartnershipInvitationRequest,
    GetPartnershipInvitationResponse, GetPartnershipInvitationTokenRequest,
    GetPartnershipInvitationTokenResponse, ListPartnershipInvitationsRequest,
    ListPartnershipInvitationsResponse, LookUpPartnershipInvitationRequest,
    LookUpPartnershipInvitationResponse, RefusePartnershipInvitationRequest,
    RefusePartnershipInvitationResponse, ResendPartnershipInvitationRequest,
    ResendPartnershipInvitationResponse, SearchPartnersRequest, SearchPartnersResponse,
    WithdrawPartnershipInvitationRequest, WithdrawPartnershipInvitationResponse,
};
use entente_paging::Page;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::convert;
use crate::app::accept_invitation::accept_invitation;
use crate::app::create_invitation::{NewInvitation, create_invitation};
use crate::app::get_invitation::get_invitation;
use crate::app::get_invitation_token::get_invitation_token;
use crate::app::list_invitations::list_invitations;
use crate::app::look_up_invitation::look_up_invitation;
use crate::app::refuse_invitation::refuse_invitation;
use crate::app::resend_invitation::resend_invitation;
use crate::app::search_partners::search_partners;
use crate::app::withdraw_invitation::withdraw_invitation;
use crate::app::{App, Call};

/// The service, over the use cases.
#[derive(Debug)]
pub struct Invitations(pub Arc<App>);

#[tonic::async_trait]
impl PartnershipInvitationService for Invitations {
    async fn search_partners(
        &self,
        request: Request<SearchPartnersRequest>,
    ) -> Result<Response<SearchPartnersResponse>, Status> {
        let organization = Access::of(&request)?.target()?;
        let asked = request.get_ref();
        let list = ["SearchPartners", &asked.organization, &asked.query];
        let page = Page::read(asked.page_size, &asked.page_token, &list)?;
        let (found, next_page_token) = search_partners(&self.0, organization, &asked.query, &page).await?;
        let partners = found.iter().map(convert::directory_entry).collect();
        Ok(Response::new(SearchPartnersResponse {
            partners,
            next_page_token,
        }))
    }

    async fn create_partnership_invitation(
        &self,
        request: Request<CreatePartnershipInvitationRequest>,
    ) -> Result<Response<CreatePartnershipInvitationResponse>, Status> {
        let (app, call) = (Arc::clone(&self.0), Call::of(request)?);
        let new = NewInvitation {
            partner: convert::id("partner", &call.request.partner)?,
            scope: convert::scope(call.request.access(), &call.request.products)?,
            message: call.request.message.clone(),
        };
        let answer = detached(async move { create_invitation(&app, &call, new).await }).await?;
        Ok(Response::new(answer))
    }

    async fn get_partnership_invitation(
        &self,
        request: Request<GetPartnershipInvitationRequest>,
    ) -> Result<Response<GetPartnershipInvitationResponse>, Status> {
        let organization = Access::of(&request)?.target()?;
        let id = convert::id("invitation", &request.get_ref().invitation)?;
        let invitation = get_invitation(&self.0, organization, id).await?;
        Ok(Response::new(GetPartnershipInvitationResponse {
            invitation: Some(invitation),
        }))
    }

    async fn list_partnership_invitations(
        &self,
        request: Request<ListPartnershipInvitationsRequest>,
    ) -> Result<Response<ListPartnershipInvitationsResponse>, Status> {
        let organization = Access::of(&request)?.target()?;
        let asked = request.get_ref();
        let list = [
            "ListPartnershipInvitations",
            &asked.organization,
            asked.state().as_str_name(),
        ];
        let page = Page::read(asked.page_size, &asked.page_token, &list)?;
        let state = convert::invitation_filter(asked.state());
        let (invitations, next_page_token) = list_invitations(&self.0, organization, state, &page).await?;
        Ok(Response::new(ListPartnershipInvitationsResponse {
            invitations,
            next_page_token,
        }))
    }

    async fn resend_partnership_invitation(
        &self,
        request: Request<ResendPartnershipInvitationRequest>,
    ) -> Result<Response<ResendPartnershipInvitationResponse>, Status> {
        let (app, call) = (Arc::clone(&self.0), Call::of(request)?);
        let id = convert::id("invitation", &call.request.invitation)?;
        let answer = detached(async move { resend_invitation(&app, &call, id).await }).await?;
        Ok(Response::new(answer))
    }

    async fn withdraw_partnership_invitation(
        &self,
        request: Request<WithdrawPartnershipInvitationRequest>,
    ) -> Result<Response<WithdrawPartnershipInvitationResponse>, Status> {
        let (app, call) = (Arc::clone(&self.0), Call::of(request)?);
        let id = convert::id("invitation", &call.request.invitation)?;
        let answer = detached(async move { withdraw_invitation(&app, &call, id).await }).await?;
        Ok(Response::new(answer))
    }

    async fn accept_partnership_invitation(
        &self,
        request: Request<AcceptPartnershipInvitationRequest>,
    ) -> Result<Response<AcceptPartnershipInvitationResponse>, Status> {
        let (app, call) = (Arc::clone(&self.0), Call::of(request)?);
        let id = convert::id("invitation", &call.request.invitation)?;
        let answer = detached(async move { accept_invitation(&app, &call, id).await }).await?;
        Ok(Response::new(answer))
    }

    async fn refuse_partnership_invitation(
        &self,
        request: Request<RefusePartnershipInvitationRequest>,
    ) -> Result<Response<RefusePartnershipInvitationResponse>, Status> {
        let (app, call) = (Arc::clone(&self.0), Call::of(request)?);
        let id = convert::id("invitation", &call.request.invitation)?;
        let answer = detached(async move { refuse_invitation(&app, &call, id).await }).await?;
        Ok(Response::new(answer))
    }

    async fn look_up_partnership_invitation(
        &self,
        request: Request<LookUpPartnershipInvitationRequest>,
    ) -> Result<Response<LookUpPartnershipInvitationResponse>, Status> {
        let invitation = look_up_invitation(&self.0, &request.get_ref().token).await?;
        Ok(Response::new(LookUpPartnershipInvitationResponse {
            invitation: Some(invitation),
        }))
    }

    async fn get_partnership_invitation_token(
        &self,
        request: Request<GetPartnershipInvitationTokenRequest>,
    ) -> Result<Response<GetPartnershipInvitationTokenResponse>, Status> {
        let id = convert::id("invitation", &request.get_ref().invitation)?;
        Ok(Response::new(get_invitation_token(&self.0, id).await?))
    }
}
