//! The services of the contract that the tests need, with its field rules, and with a guard that lets everybody in.

use entente_contracts::identity::v1::account_service_server::AccountService;
use entente_contracts::identity::v1::identity_provider_service_server::IdentityProviderService;
use entente_contracts::identity::v1::member_service_server::MemberService;
use entente_contracts::identity::v1::organization_service_server::OrganizationService;
use entente_contracts::identity::v1::service_account_service_server::ServiceAccountService;
use entente_contracts::identity::v1::session_service_server::SessionService;
use entente_contracts::identity::v1::*;
use entente_contracts::partners::v1::partnership_invitation_service_server::PartnershipInvitationService;
use entente_contracts::partners::v1::*;
use entente_contracts::{
    Guard, GuardedAccountService, GuardedIdentityProviderService, GuardedMemberService,
    GuardedOrganizationService, GuardedPartnershipInvitationService, GuardedServiceAccountService,
    GuardedSessionService, MethodRule, SharedGuard, Target,
};
use entente_runtime::server::GrpcServices;
use tonic::{Extensions, Request, Response, Status};

use super::Script;

struct Open;

#[tonic::async_trait]
impl Guard for Open {
    async fn check(&self, _: &'static MethodRule, _: Target<'_>, _: &mut Extensions) -> Result<(), Status> {
        Ok(())
    }
}

macro_rules! scripted {
    ($service:ident { $($method:ident($request:ident) -> $response:ident;)* }) => {
        #[tonic::async_trait]
        impl $service for Script {
            $(async fn $method(&self, request: Request<$request>) -> Result<Response<$response>, Status> {
                self.answer(request.into_inner())
            })*
        }
    };
}

scripted!(SessionService {
    sign_in(SignInRequest) -> SignInResponse;
    complete_sign_in(CompleteSignInRequest) -> CompleteSignInResponse;
    refresh_session(RefreshSessionRequest) -> RefreshSessionResponse;
    switch_organization(SwitchOrganizationRequest) -> SwitchOrganizationResponse;
    reauthenticate(ReauthenticateRequest) -> ReauthenticateResponse;
    sign_out(SignOutRequest) -> SignOutResponse;
    revoke_session(RevokeSessionRequest) -> RevokeSessionResponse;
    revoke_other_sessions(RevokeOtherSessionsRequest) -> RevokeOtherSessionsResponse;
    list_sessions(ListSessionsRequest) -> ListSessionsResponse;
    get_current_session(GetCurrentSessionRequest) -> GetCurrentSessionResponse;
    get_key_set(GetKeySetRequest) -> GetKeySetResponse;
});

scripted!(IdentityProviderService {
    begin_provider_sign_in(BeginProviderSignInRequest) -> BeginProviderSignInResponse;
    complete_provider_sign_in(CompleteProviderSignInRequest) -> CompleteProviderSignInResponse;
    get_provider_link(GetProviderLinkRequest) -> GetProviderLinkResponse;
    delete_provider_link(DeleteProviderLinkRequest) -> DeleteProviderLinkResponse;
});

scripted!(AccountService {
    get_profile(GetProfileRequest) -> GetProfileResponse;
    update_profile(UpdateProfileRequest) -> UpdateProfileResponse;
    change_password(ChangePasswordRequest) -> ChangePasswordResponse;
    request_password_reset(RequestPasswordResetRequest) -> RequestPasswordResetResponse;
    look_up_password_reset(LookUpPasswordResetRequest) -> LookUpPasswordResetResponse;
    reset_password(ResetPasswordRequest) -> ResetPasswordResponse;
    get_password_reset_token(GetPasswordResetTokenRequest) -> GetPasswordResetTokenResponse;
    request_email_change(RequestEmailChangeRequest) -> RequestEmailChangeResponse;
    look_up_email_change(LookUpEmailChangeRequest) -> LookUpEmailChangeResponse;
    confirm_email_change(ConfirmEmailChangeRequest) -> ConfirmEmailChangeResponse;
    get_email_change_token(GetEmailChangeTokenRequest) -> GetEmailChangeTokenResponse;
});

scripted!(MemberService {
    invite_member(InviteMemberRequest) -> InviteMemberResponse;
    get_member(GetMemberRequest) -> GetMemberResponse;
    list_members(ListMembersRequest) -> ListMembersResponse;
    update_member(UpdateMemberRequest) -> UpdateMemberResponse;
    remove_member(RemoveMemberRequest) -> RemoveMemberResponse;
    look_up_member_invitation(LookUpMemberInvitationRequest) -> LookUpMemberInvitationResponse;
    accept_member_invitation(AcceptMemberInvitationRequest) -> AcceptMemberInvitationResponse;
    get_member_invitation_token(GetMemberInvitationTokenRequest) -> GetMemberInvitationTokenResponse;
    list_contacts(ListContactsRequest) -> ListContactsResponse;
    resend_member_invitation(ResendMemberInvitationRequest) -> ResendMemberInvitationResponse;
    withdraw_member_invitation(WithdrawMemberInvitationRequest) -> WithdrawMemberInvitationResponse;
    disable_member(DisableMemberRequest) -> DisableMemberResponse;
    enable_member(EnableMemberRequest) -> EnableMemberResponse;
    count_members_by_role(CountMembersByRoleRequest) -> CountMembersByRoleResponse;
});

scripted!(OrganizationService {
    create_organization(CreateOrganizationRequest) -> CreateOrganizationResponse;
    get_organization(GetOrganizationRequest) -> GetOrganizationResponse;
    list_organizations(ListOrganizationsRequest) -> ListOrganizationsResponse;
    update_organization(UpdateOrganizationRequest) -> UpdateOrganizationResponse;
    update_organization_below(UpdateOrganizationBelowRequest) -> UpdateOrganizationBelowResponse;
    set_organization_controls(SetOrganizationControlsRequest) -> SetOrganizationControlsResponse;
    set_responsible_party(SetResponsiblePartyRequest) -> SetResponsiblePartyResponse;
    suspend_organization(SuspendOrganizationRequest) -> SuspendOrganizationResponse;
    resume_organization(ResumeOrganizationRequest) -> ResumeOrganizationResponse;
    delete_organization(DeleteOrganizationRequest) -> DeleteOrganizationResponse;
    grant_break_glass_owner(GrantBreakGlassOwnerRequest) -> GrantBreakGlassOwnerResponse;
    get_front_door(GetFrontDoorRequest) -> GetFrontDoorResponse;
});

scripted!(ServiceAccountService {
    create_service_account(CreateServiceAccountRequest) -> CreateServiceAccountResponse;
    get_service_account(GetServiceAccountRequest) -> GetServiceAccountResponse;
    list_service_accounts(ListServiceAccountsRequest) -> ListServiceAccountsResponse;
    update_service_account(UpdateServiceAccountRequest) -> UpdateServiceAccountResponse;
    disable_service_account(DisableServiceAccountRequest) -> DisableServiceAccountResponse;
    enable_service_account(EnableServiceAccountRequest) -> EnableServiceAccountResponse;
    delete_service_account(DeleteServiceAccountRequest) -> DeleteServiceAccountResponse;
    create_api_key(CreateApiKeyRequest) -> CreateApiKeyResponse;
    list_api_keys(ListApiKeysRequest) -> ListApiKeysResponse;
    rotate_api_key(RotateApiKeyRequest) -> RotateApiKeyResponse;
    revoke_api_key(RevokeApiKeyRequest) -> RevokeApiKeyResponse;
    exchange_api_key(ExchangeApiKeyRequest) -> ExchangeApiKeyResponse;
});

scripted!(PartnershipInvitationService {
    search_partners(SearchPartnersRequest) -> SearchPartnersResponse;
    create_partnership_invitation(CreatePartnershipInvitationRequest) -> CreatePartnershipInvitationResponse;
    get_partnership_invitation(GetPartnershipInvitationRequest) -> GetPartnershipInvitationResponse;
    list_partnership_invitations(ListPartnershipInvitationsRequest) -> ListPartnershipInvitationsResponse;
    resend_partnership_invitation(ResendPartnershipInvitationRequest) -> ResendPartnershipInvitationResponse;
    withdraw_partnership_invitation(WithdrawPartnershipInvitationRequest) -> WithdrawPartnershipInvitationResponse;
    accept_partnership_invitation(AcceptPartnershipInvitationRequest) -> AcceptPartnershipInvitationResponse;
    refuse_partnership_invitation(RefusePartnershipInvitationRequest) -> RefusePartnershipInvitationResponse;
    look_up_partnership_invitation(LookUpPartnershipInvitationRequest) -> LookUpPartnershipInvitationResponse;
    get_partnership_invitation_token(GetPartnershipInvitationTokenRequest) -> GetPartnershipInvitationTokenResponse;
});

impl Script {
    /// What runs, by the name of the service that it belongs to.
    pub(super) fn services(&self) -> [(&'static str, GrpcServices); 2] {
        let guard = SharedGuard::new(Open);
        let identity = GrpcServices::new()
            .with(GuardedSessionService::server(self.clone(), guard.clone()))
            .with(GuardedIdentityProviderService::server(
                self.clone(),
                guard.clone(),
            ))
            .with(GuardedMemberService::server(self.clone(), guard.clone()))
            .with(GuardedOrganizationService::server(self.clone(), guard.clone()))
            .with(GuardedAccountService::server(self.clone(), guard.clone()))
            .with(GuardedServiceAccountService::server(self.clone(), guard.clone()));
        let partners =
            GrpcServices::new().with(GuardedPartnershipInvitationService::server(self.clone(), guard));
        [("identity", identity), ("partners", partners)]
    }
}
