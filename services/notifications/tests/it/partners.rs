//! What stands in for partners: it knows the tokens of invitations by a table.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use entente_access::Access;
use entente_contracts::partners::v1::partnership_invitation_service_server::PartnershipInvitationService;
use entente_contracts::partners::v1::*;
use tonic::{Request, Response, Status};

use crate::identity::other;

#[derive(Clone, Default)]
pub struct Partners(Arc<Mutex<HashMap<String, GetPartnershipInvitationTokenResponse>>>);

impl Partners {
    /// The link of an invitation; an empty token is one that is over.
    pub fn invites(&self, invitation: &PartnershipInvitation, token: &str) {
        let answer = GetPartnershipInvitationTokenResponse {
            token: token.to_owned(),
            invitation: Some(invitation.clone()),
        };
        self.0.lock().unwrap().insert(invitation.id.clone(), answer);
    }
}

#[tonic::async_trait]
impl PartnershipInvitationService for Partners {
    async fn get_partnership_invitation_token(
        &self,
        request: Request<GetPartnershipInvitationTokenRequest>,
    ) -> Result<Response<GetPartnershipInvitationTokenResponse>, Status> {
        assert_eq!(Access::of(&request)?.actor(), "service:notifications");
        let tokens = self.0.lock().unwrap();
        let found = tokens.get(&request.get_ref().invitation).cloned();
        found
            .map(Response::new)
            .ok_or(Status::not_found("no such invitation"))
    }

    async fn search_partners(
        &self,
        _: Request<SearchPartnersRequest>,
    ) -> Result<Response<SearchPartnersResponse>, Status> {
        other()
    }

    async fn create_partnership_invitation(
        &self,
        _: Request<CreatePartnershipInvitationRequest>,
    ) -> Result<Response<CreatePartnershipInvitationResponse>, Status> {
        other()
    }

    async fn get_partnership_invitation(
        &self,
        _: Request<GetPartnershipInvitationRequest>,
    ) -> Result<Response<GetPartnershipInvitationResponse>, Status> {
        other()
    }

    async fn list_partnership_invitations(
        &self,
        _: Request<ListPartnershipInvitationsRequest>,
    ) -> Result<Response<ListPartnershipInvitationsResponse>, Status> {
        other()
    }

    async fn resend_partnership_invitation(
        &self,
        _: Request<ResendPartnershipInvitationRequest>,
    ) -> Result<Response<ResendPartnershipInvitationResponse>, Status> {
        other()
    }

    async fn withdraw_partnership_invitation(
        &self,
        _: Request<WithdrawPartnershipInvitationRequest>,
    ) -> Result<Response<WithdrawPartnershipInvitationResponse>, Status> {
        other()
    }

    async fn accept_partnership_invitation(
        &self,
        _: Request<AcceptPartnershipInvitationRequest>,
    ) -> Result<Response<AcceptPartnershipInvitationResponse>, Status> {
        other()
    }

    async fn refuse_partnership_invitation(
        &self,
        _: Request<RefusePartnershipInvitationRequest>,
    ) -> Result<Response<RefusePartnershipInvitationResponse>, Status> {
        other()
    }

    async fn look_up_partnership_invitation(
        &self,
        _: Request<LookUpPartnershipInvitationRequest>,
    ) -> Result<Response<LookUpPartnershipInvitationResponse>, Status> {
        other()
    }
}
