//! What stands in for identity lets every session pass, and knows people by a table.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use entente_access::Access;
use entente_contracts::access::v1::{Action, Resource};
use entente_contracts::identity::v1::account_service_server::AccountService;
use entente_contracts::identity::v1::member_service_server::MemberService;
use entente_contracts::identity::v1::settings_service_server::SettingsService;
use entente_contracts::identity::v1::*;
use entente_ids::{MemberId, OrganizationId, UserId};
use entente_testkit::identity::Decides;
use entente_testkit::unimplemented_methods;
use tonic::{Request, Response, Status};

use crate::world::in_a_week;

/// Clones share what is known: each of the services is served from one.
#[derive(Clone, Default)]
pub struct People(Arc<Known>);

#[derive(Default)]
struct Known {
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

impl People {
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

impl Decides for People {
    fn source(&self, subject: &Subject, _: &Requirement) -> Result<String, &'static str> {
        if self.0.revoked.lock().unwrap().contains(&subject.user) {
            return Err("SESSION_REVOKED");
        }
        Ok(String::new())
    }
}

#[tonic::async_trait]
impl MemberService for People {
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

    unimplemented_methods! {
        invite_member(InviteMemberRequest) -> InviteMemberResponse;
        resend_member_invitation(ResendMemberInvitationRequest) -> ResendMemberInvitationResponse;
        withdraw_member_invitation(WithdrawMemberInvitationRequest) -> WithdrawMemberInvitationResponse;
        disable_member(DisableMemberRequest) -> DisableMemberResponse;
        enable_member(EnableMemberRequest) -> EnableMemberResponse;
        count_members_by_role(CountMembersByRoleRequest) -> CountMembersByRoleResponse;
        get_member(GetMemberRequest) -> GetMemberResponse;
        list_members(ListMembersRequest) -> ListMembersResponse;
        update_member(UpdateMemberRequest) -> UpdateMemberResponse;
        remove_member(RemoveMemberRequest) -> RemoveMemberResponse;
        look_up_member_invitation(LookUpMemberInvitationRequest) -> LookUpMemberInvitationResponse;
        accept_member_invitation(AcceptMemberInvitationRequest) -> AcceptMemberInvitationResponse;
    }
}

#[tonic::async_trait]
impl SettingsService for People {
    async fn get_locale(
        &self,
        request: Request<GetLocaleRequest>,
    ) -> Result<Response<GetLocaleResponse>, Status> {
        self.called("GetLocale", &request)?;
        let request = request.get_ref();
        Ok(Response::new(self.locale(&request.user, &request.organization)))
    }

    unimplemented_methods! {
        get_settings(GetSettingsRequest) -> GetSettingsResponse;
        update_settings(UpdateSettingsRequest) -> UpdateSettingsResponse;
    }
}

#[tonic::async_trait]
impl AccountService for People {
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

    unimplemented_methods! {
        get_profile(GetProfileRequest) -> GetProfileResponse;
        update_profile(UpdateProfileRequest) -> UpdateProfileResponse;
        change_password(ChangePasswordRequest) -> ChangePasswordResponse;
        request_password_reset(RequestPasswordResetRequest) -> RequestPasswordResetResponse;
        look_up_password_reset(LookUpPasswordResetRequest) -> LookUpPasswordResetResponse;
        reset_password(ResetPasswordRequest) -> ResetPasswordResponse;
        request_email_change(RequestEmailChangeRequest) -> RequestEmailChangeResponse;
        look_up_email_change(LookUpEmailChangeRequest) -> LookUpEmailChangeResponse;
        confirm_email_change(ConfirmEmailChangeRequest) -> ConfirmEmailChangeResponse;
    }
}
