//! What stands in for identity: it publishes a key, lets every session pass, and knows people by a table.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use entente_access::{Access, Decider, keys};
use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::account_service_server::AccountService;
use entente_contracts::identity::v1::decision_service_server::DecisionService;
use entente_contracts::identity::v1::member_service_server::MemberService;
use entente_contracts::identity::v1::session_service_server::SessionService;
use entente_contracts::identity::v1::settings_service_server::SettingsService;
use entente_contracts::identity::v1::*;
use entente_ids::{MemberId, OrganizationId, UserId};
use tonic::{Request, Response, Status};

use crate::world::in_a_week;

#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    key: keys::PublicKey,
    away: AtomicBool,
    keeps_tokens: AtomicBool,
    revoked: Mutex<HashSet<String>>,
    names: Mutex<HashMap<String, String>>,
    contacts: Mutex<HashMap<(String, Resource), Vec<Contact>>>,
    tokens: Mutex<BTreeMap<String, GetMemberInvitationTokenResponse>>,
    account_links: Mutex<HashMap<String, (String, String)>>,
    locales: Mutex<HashMap<String, GetLocaleResponse>>,
    calls: Mutex<Vec<String>>,
    copied: Mutex<HashMap<String, Vec<Contact>>>,
}

impl Identity {
    pub fn new(key: keys::PublicKey) -> Self {
        Self(Arc::new(Inner {
            key,
            away: AtomicBool::new(false),
            keeps_tokens: AtomicBool::new(false),
            revoked: Mutex::default(),
            names: Mutex::default(),
            contacts: Mutex::default(),
            tokens: Mutex::default(),
            account_links: Mutex::default(),
            locales: Mutex::default(),
            calls: Mutex::default(),
            copied: Mutex::default(),
        }))
    }

    /// Whether it answers what it is asked about people.
    pub fn is_away(&self, away: bool) {
        self.0.away.store(away, Ordering::SeqCst);
    }

    /// Whether it keeps the tokens of links to itself.
    pub fn keeps_tokens(&self, keeps: bool) {
        self.0.keeps_tokens.store(keeps, Ordering::SeqCst);
    }

    pub fn revokes(&self, user: UserId) {
        self.0.revoked.lock().unwrap().insert(user.to_string());
    }

    pub fn names(&self, organization: OrganizationId, name: &str) {
        self.0
            .names
            .lock()
            .unwrap()
            .insert(organization.to_string(), name.to_owned());
    }

    /// Somebody who may update what the resource is.
    pub fn has(&self, organization: OrganizationId, resource: Resource, user: UserId, email: &str) {
        let contact = Contact {
            user: user.to_string(),
            email: email.to_owned(),
            ..Contact::default()
        };
        let mut contacts = self.0.contacts.lock().unwrap();
        contacts
            .entry((organization.to_string(), resource))
            .or_default()
            .push(contact);
    }

    /// Somebody who will be able to, and is invited.
    pub fn expects(&self, organization: OrganizationId, resource: Resource, email: &str) {
        let contact = Contact {
            email: email.to_owned(),
            ..Contact::default()
        };
        let mut contacts = self.0.contacts.lock().unwrap();
        contacts.insert((organization.to_string(), resource), vec![contact]);
    }

    /// Somebody of the operator is copied on what the organization is mailed.
    pub fn copies(&self, organization: OrganizationId, user: UserId, email: &str) {
        let contact = Contact {
            user: user.to_string(),
            email: email.to_owned(),
            ..Contact::default()
        };
        let mut copied = self.0.copied.lock().unwrap();
        copied.entry(organization.to_string()).or_default().push(contact);
    }

    /// How a person or all of an organization are written to.
    pub fn writes(&self, whom: &str, language: &str, time_zone: &str) {
        let locale = GetLocaleResponse {
            language: language.to_owned(),
            time_zone: time_zone.to_owned(),
        };
        self.0.locales.lock().unwrap().insert(whom.to_owned(), locale);
    }

    fn locale(&self, user: &str, organization: &str) -> GetLocaleResponse {
        let locales = self.0.locales.lock().unwrap();
        let found = locales.get(user).or_else(|| locales.get(organization));
        found.cloned().unwrap_or(GetLocaleResponse {
            language: "en".to_owned(),
            time_zone: "UTC".to_owned(),
        })
    }

    /// The link of a pending member; an empty token is one that is over.
    pub fn invites(&self, member: MemberId, answer: GetMemberInvitationTokenResponse) {
        self.0.tokens.lock().unwrap().insert(member.to_string(), answer);
    }

    /// The token of an account's link, and the one address that it is for; an empty token is one that is over.
    pub fn links(&self, user: UserId, token: &str, address: &str) {
        let link = (token.to_owned(), address.to_owned());
        self.0
            .account_links
            .lock()
            .unwrap()
            .insert(user.to_string(), link);
    }

    fn account_link(&self, user: &str) -> (String, String) {
        self.0
            .account_links
            .lock()
            .unwrap()
            .get(user)
            .cloned()
            .unwrap_or_default()
    }

    /// Who has asked for what about people.
    pub fn calls(&self) -> Vec<String> {
        self.0.calls.lock().unwrap().clone()
    }

    fn called<T>(&self, method: &str, request: &Request<T>) -> Result<(), Status> {
        let actor = Access::of(request)?.actor();
        self.0.calls.lock().unwrap().push(format!("{actor} {method}"));
        if self.0.away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("identity is away"));
        }
        Ok(())
    }
}

impl Decider for Identity {
    async fn decide(&self, subject: &Subject, _: &Requirement) -> Result<Decision, Status> {
        let revoked = self.0.revoked.lock().unwrap().contains(&subject.user);
        let reason = if revoked { "SESSION_REVOKED" } else { "" };
        Ok(Decision {
            allowed: !revoked,
            reason: reason.to_owned(),
            revision: 1,
            ..Decision::default()
        })
    }
}

pub fn other<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not this one"))
}

#[tonic::async_trait]
impl MemberService for Identity {
    async fn list_contacts(
        &self,
        request: Request<ListContactsRequest>,
    ) -> Result<Response<ListContactsResponse>, Status> {
        self.called("ListContacts", &request)?;
        let ListContactsRequest { organization, .. } = request.get_ref().clone();
        let everybody = request.get_ref().action() == Action::Unspecified;
        if !everybody && request.get_ref().action() != Action::Update {
            return Ok(Response::new(ListContactsResponse::default()));
        }
        let names = self.0.names.lock().unwrap();
        let Some(name) = names.get(&organization) else {
            return Err(Status::not_found("no such organization"));
        };
        let contacts = self.0.contacts.lock().unwrap();
        let asked = request.get_ref().resource();
        let mut found: Vec<Contact> = Vec::new();
        for ((place, resource), people) in contacts.iter() {
            if *place == organization && (everybody || *resource == asked) {
                found.extend(people.iter().cloned());
            }
        }
        found.dedup_by(|one, other| one.user == other.user);
        for contact in &mut found {
            contact.language = self.locale(&contact.user, &organization).language;
        }
        Ok(Response::new(ListContactsResponse {
            contacts: found,
            copied: self
                .0
                .copied
                .lock()
                .unwrap()
                .get(&request.get_ref().organization)
                .cloned()
                .unwrap_or_default(),
            organization_name: name.clone(),
            time_zone: self.locale("", &organization).time_zone,
        }))
    }

    async fn get_member_invitation_token(
        &self,
        request: Request<GetMemberInvitationTokenRequest>,
    ) -> Result<Response<GetMemberInvitationTokenResponse>, Status> {
        self.called("GetMemberInvitationToken", &request)?;
        if self.0.keeps_tokens.load(Ordering::SeqCst) {
            return Err(Status::unavailable("tokens are not to be had"));
        }
        let tokens = self.0.tokens.lock().unwrap();
        tokens
            .get(&request.get_ref().member)
            .cloned()
            .map(Response::new)
            .ok_or(Status::not_found("no such member"))
    }

    async fn invite_member(
        &self,
        _: Request<InviteMemberRequest>,
    ) -> Result<Response<InviteMemberResponse>, Status> {
        other()
    }

    async fn resend_member_invitation(
        &self,
        _: Request<ResendMemberInvitationRequest>,
    ) -> Result<Response<ResendMemberInvitationResponse>, Status> {
        other()
    }

    async fn withdraw_member_invitation(
        &self,
        _: Request<WithdrawMemberInvitationRequest>,
    ) -> Result<Response<WithdrawMemberInvitationResponse>, Status> {
        other()
    }

    async fn disable_member(
        &self,
        _: Request<DisableMemberRequest>,
    ) -> Result<Response<DisableMemberResponse>, Status> {
        other()
    }

    async fn enable_member(
        &self,
        _: Request<EnableMemberRequest>,
    ) -> Result<Response<EnableMemberResponse>, Status> {
        other()
    }

    async fn count_members_by_role(
        &self,
        _: Request<CountMembersByRoleRequest>,
    ) -> Result<Response<CountMembersByRoleResponse>, Status> {
        other()
    }

    async fn get_member(&self, _: Request<GetMemberRequest>) -> Result<Response<GetMemberResponse>, Status> {
        other()
    }

    async fn list_members(
        &self,
        _: Request<ListMembersRequest>,
    ) -> Result<Response<ListMembersResponse>, Status> {
        other()
    }

    async fn update_member(
        &self,
        _: Request<UpdateMemberRequest>,
    ) -> Result<Response<UpdateMemberResponse>, Status> {
        other()
    }

    async fn remove_member(
        &self,
        _: Request<RemoveMemberRequest>,
    ) -> Result<Response<RemoveMemberResponse>, Status> {
        other()
    }

    async fn look_up_member_invitation(
        &self,
        _: Request<LookUpMemberInvitationRequest>,
    ) -> Result<Response<LookUpMemberInvitationResponse>, Status> {
        other()
    }

    async fn accept_member_invitation(
        &self,
        _: Request<AcceptMemberInvitationRequest>,
    ) -> Result<Response<AcceptMemberInvitationResponse>, Status> {
        other()
    }
}

#[tonic::async_trait]
impl SettingsService for Identity {
    async fn get_locale(
        &self,
        request: Request<GetLocaleRequest>,
    ) -> Result<Response<GetLocaleResponse>, Status> {
        self.called("GetLocale", &request)?;
        let request = request.get_ref();
        Ok(Response::new(self.locale(&request.user, &request.organization)))
    }

    async fn get_settings(
        &self,
        _: Request<GetSettingsRequest>,
    ) -> Result<Response<GetSettingsResponse>, Status> {
        other()
    }

    async fn update_settings(
        &self,
        _: Request<UpdateSettingsRequest>,
    ) -> Result<Response<UpdateSettingsResponse>, Status> {
        other()
    }
}

#[tonic::async_trait]
impl DecisionService for Identity {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let request = request.into_inner();
        let decision = self
            .decide(&request.subject.unwrap(), &request.requirement.unwrap())
            .await?;
        Ok(Response::new(CheckResponse {
            decision: Some(decision),
        }))
    }

    async fn batch_check(
        &self,
        _: Request<BatchCheckRequest>,
    ) -> Result<Response<BatchCheckResponse>, Status> {
        other()
    }

    async fn list_permissions(
        &self,
        _: Request<ListPermissionsRequest>,
    ) -> Result<Response<ListPermissionsResponse>, Status> {
        other()
    }

    async fn list_members_with(
        &self,
        _: Request<ListMembersWithRequest>,
    ) -> Result<Response<ListMembersWithResponse>, Status> {
        other()
    }

    async fn explain(&self, _: Request<ExplainRequest>) -> Result<Response<ExplainResponse>, Status> {
        other()
    }

    type WatchAccessStream = tokio_stream::Pending<Result<WatchAccessResponse, Status>>;

    async fn watch_access(
        &self,
        _: Request<WatchAccessRequest>,
    ) -> Result<Response<Self::WatchAccessStream>, Status> {
        other()
    }

    async fn put_grant(&self, _: Request<PutGrantRequest>) -> Result<Response<PutGrantResponse>, Status> {
        other()
    }

    async fn put_gate(&self, _: Request<PutGateRequest>) -> Result<Response<PutGateResponse>, Status> {
        other()
    }
}

#[tonic::async_trait]
impl SessionService for Identity {
    async fn get_key_set(&self, _: Request<GetKeySetRequest>) -> Result<Response<GetKeySetResponse>, Status> {
        Ok(Response::new(GetKeySetResponse {
            keys: vec![keys::to_json_web_key(&self.0.key)],
        }))
    }

    async fn sign_in(&self, _: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        other()
    }

    async fn complete_sign_in(
        &self,
        _: Request<CompleteSignInRequest>,
    ) -> Result<Response<CompleteSignInResponse>, Status> {
        other()
    }

    async fn refresh_session(
        &self,
        _: Request<RefreshSessionRequest>,
    ) -> Result<Response<RefreshSessionResponse>, Status> {
        other()
    }

    async fn switch_organization(
        &self,
        _: Request<SwitchOrganizationRequest>,
    ) -> Result<Response<SwitchOrganizationResponse>, Status> {
        other()
    }

    async fn reauthenticate(
        &self,
        _: Request<ReauthenticateRequest>,
    ) -> Result<Response<ReauthenticateResponse>, Status> {
        other()
    }

    async fn sign_out(&self, _: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        other()
    }

    async fn get_current_session(
        &self,
        _: Request<GetCurrentSessionRequest>,
    ) -> Result<Response<GetCurrentSessionResponse>, Status> {
        other()
    }

    async fn list_sessions(
        &self,
        _: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        other()
    }

    async fn revoke_session(
        &self,
        _: Request<RevokeSessionRequest>,
    ) -> Result<Response<RevokeSessionResponse>, Status> {
        other()
    }

    async fn revoke_other_sessions(
        &self,
        _: Request<RevokeOtherSessionsRequest>,
    ) -> Result<Response<RevokeOtherSessionsResponse>, Status> {
        other()
    }
}

#[tonic::async_trait]
impl AccountService for Identity {
    async fn get_password_reset_token(
        &self,
        request: Request<GetPasswordResetTokenRequest>,
    ) -> Result<Response<GetPasswordResetTokenResponse>, Status> {
        self.called("GetPasswordResetToken", &request)?;
        let (token, email) = self.account_link(&request.get_ref().user);
        Ok(Response::new(GetPasswordResetTokenResponse {
            token,
            email,
            expire_time: Some(in_a_week()),
        }))
    }

    async fn get_email_change_token(
        &self,
        request: Request<GetEmailChangeTokenRequest>,
    ) -> Result<Response<GetEmailChangeTokenResponse>, Status> {
        self.called("GetEmailChangeToken", &request)?;
        let (token, new_email) = self.account_link(&request.get_ref().user);
        Ok(Response::new(GetEmailChangeTokenResponse {
            token,
            new_email,
            expire_time: Some(in_a_week()),
        }))
    }

    async fn get_profile(
        &self,
        _: Request<GetProfileRequest>,
    ) -> Result<Response<GetProfileResponse>, Status> {
        other()
    }

    async fn update_profile(
        &self,
        _: Request<UpdateProfileRequest>,
    ) -> Result<Response<UpdateProfileResponse>, Status> {
        other()
    }

    async fn change_password(
        &self,
        _: Request<ChangePasswordRequest>,
    ) -> Result<Response<ChangePasswordResponse>, Status> {
        other()
    }

    async fn request_password_reset(
        &self,
        _: Request<RequestPasswordResetRequest>,
    ) -> Result<Response<RequestPasswordResetResponse>, Status> {
        other()
    }

    async fn look_up_password_reset(
        &self,
        _: Request<LookUpPasswordResetRequest>,
    ) -> Result<Response<LookUpPasswordResetResponse>, Status> {
        other()
    }

    async fn reset_password(
        &self,
        _: Request<ResetPasswordRequest>,
    ) -> Result<Response<ResetPasswordResponse>, Status> {
        other()
    }

    async fn request_email_change(
        &self,
        _: Request<RequestEmailChangeRequest>,
    ) -> Result<Response<RequestEmailChangeResponse>, Status> {
        other()
    }

    async fn look_up_email_change(
        &self,
        _: Request<LookUpEmailChangeRequest>,
    ) -> Result<Response<LookUpEmailChangeResponse>, Status> {
        other()
    }

    async fn confirm_email_change(
        &self,
        _: Request<ConfirmEmailChangeRequest>,
    ) -> Result<Response<ConfirmEmailChangeResponse>, Status> {
        other()
    }
}
