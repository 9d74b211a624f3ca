//! What stands in for partners: it knows the tokens of invitations by a table.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use entente_access::Access;
use entente_contracts::partners::v1::partnership_invitation_service_server::PartnershipInvitationService;
use entente_contracts::partners::v1::*;
use entente_testkit::unimplemented_methods;
use tonic::{Request, Response, Status};

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

    unimplemented_methods! {
        search_partners(SearchPartnersRequest) -> SearchPartnersResponse;
        create_partnership_invitation(CreatePartnershipInvitationRequest) -> CreatePartnershipInvitationResponse;
        get_partnership_invitation(GetPartnershipInvitationRequest) -> GetPartnershipInvitationResponse;
        list_partnership_invitations(ListPartnershipInvitationsRequest) -> ListPartnershipInvitationsResponse;
        resend_partnership_invitation(ResendPartnershipInvitationRequest) -> ResendPartnershipInvitationResponse;
        withdraw_partnership_invitation(WithdrawPartnershipInvitationRequest) -> WithdrawPartnershipInvitationResponse;
        accept_partnership_invitation(AcceptPartnershipInvitationRequest) -> AcceptPartnershipInvitationResponse;
        refuse_partnership_invitation(RefusePartnershipInvitationRequest) -> RefusePartnershipInvitationResponse;
        look_up_partnership_invitation(LookUpPartnershipInvitationRequest) -> LookUpPartnershipInvitationResponse;
    }
}
