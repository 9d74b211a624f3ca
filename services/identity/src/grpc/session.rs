//! `SessionService`.

use entente_access::{Access, LocalKeys, Person};
use entente_contracts::identity::v1::session_service_server::SessionService;
use entente_contracts::identity::v1::{
    Challenge, CompleteSignInRequest, CompleteSignInResponse, GetCurrentSessionRequest,
    GetCurrentSessionResponse, GetKeySetRequest, GetKeySetResponse, ListSessionsRequest,
    ListSessionsResponse, ReauthenticateRequest, ReauthenticateResponse, RefreshSessionRequest,
    RefreshSessionResponse, RevokeOtherSessionsRequest, RevokeOtherSessionsResponse, RevokeSessionRequest,
    RevokeSessionResponse, Session, SessionEntry, SignInRequest, SignInResponse, SignOutRequest,
    SignOutResponse, SwitchOrganizationRequest, SwitchOrganizationResponse,
};
use entente_contracts::timestamp;
use entente_paging::Page;
use entente_runtime::detached;
use secrecy::ExposeSecret as _;
use tonic::{Request, Response, Status};

use super::{SharedApp, caller, convert};
use crate::app::reauthenticate::{self, Proof};
use crate::app::sign_in::{self, OpenSession, SignIn, SignedIn};
use crate::app::{
    complete_sign_in, get_current_session, list_sessions, refresh_session, revoke_other_sessions,
    revoke_session, sign_out, switch_organization,
};
use crate::domain::email::EmailAddress;
use crate::domain::second_factor::CHALLENGE_SECONDS;
use crate::security::token::IssuedTokens;
use crate::store::member::Membership;
use crate::store::session::Entry;
use crate::store::user_account::Account;

/// Serves the sessions.
#[derive(Debug, Clone)]
pub struct Sessions {
    app: SharedApp,
    keys: LocalKeys,
}

impl Sessions {
    /// Serves them with this application, and publishes these keys.
    pub fn new(app: SharedApp, keys: LocalKeys) -> Self {
        Self { app, keys }
    }
}

#[tonic::async_trait]
impl SessionService for Sessions {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        let origin = caller::origin(&request);
        let request = request.into_inner();
        let command = SignIn {
            email: EmailAddress::new(&request.email),
            password: request.password.into(),
            organization: convert::parse_optional("organization", &request.organization)?,
            origin,
        };
        let app = self.app.clone();
        let signed_in = detached(async move { sign_in::run(&app, command).await }).await?;
        Ok(Response::new(response(signed_in)))
    }

    async fn complete_sign_in(
        &self,
        request: Request<CompleteSignInRequest>,
    ) -> Result<Response<CompleteSignInResponse>, Status> {
        let origin = caller::origin(&request);
        let request = request.into_inner();
        let (token, code) = (request.challenge.into(), request.code.into());
        let app = self.app.clone();
        let (open, tokens) =
            detached(async move { complete_sign_in::run(&app, &token, &code, &origin).await }).await?;
        let SignInResponse { tokens, session, .. } = opened(open, &tokens);
        Ok(Response::new(CompleteSignInResponse { tokens, session }))
    }

    async fn refresh_session(
        &self,
        request: Request<RefreshSessionRequest>,
    ) -> Result<Response<RefreshSessionResponse>, Status> {
        let origin = caller::origin(&request);
        let (app, token) = (self.app.clone(), request.into_inner().refresh_token.into());
        let tokens = detached(async move { refresh_session::run(&app, &token, &origin).await }).await?;
        Ok(Response::new(RefreshSessionResponse {
            tokens: Some(convert::tokens(&tokens)),
        }))
    }

    async fn switch_organization(
        &self,
        request: Request<SwitchOrganizationRequest>,
    ) -> Result<Response<SwitchOrganizationResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let target = convert::parse("organization", &request.get_ref().organization)?;
        let app = self.app.clone();
        let tokens = detached(async move { switch_organization::run(&app, &person, target).await }).await?;
        Ok(Response::new(SwitchOrganizationResponse {
            tokens: Some(convert::tokens(&tokens)),
        }))
    }

    async fn reauthenticate(
        &self,
        request: Request<ReauthenticateRequest>,
    ) -> Result<Response<ReauthenticateResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let origin = caller::origin(&request);
        let request = request.into_inner();
        let proof = Proof {
            password: request.password.into(),
            code: request.code.into(),
        };
        let app = self.app.clone();
        let tokens =
            detached(async move { reauthenticate::run(&app, &person, &proof, &origin).await }).await?;
        Ok(Response::new(ReauthenticateResponse {
            tokens: Some(convert::tokens(&tokens)),
        }))
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        let access = Access::of(&request)?;
        let id = access.person()?.session;
        let app = self.app.clone();
        detached(async move { sign_out::run(&app, &access, id).await }).await?;
        Ok(Response::new(SignOutResponse {}))
    }

    async fn get_current_session(
        &self,
        request: Request<GetCurrentSessionRequest>,
    ) -> Result<Response<GetCurrentSessionResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let (account, memberships) = get_current_session::run(&self.app, &person).await?;
        Ok(Response::new(GetCurrentSessionResponse {
            session: Some(session(&person, account, memberships)),
        }))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let request = request.into_inner();
        let list = ["ListSessions", &person.user.to_string()];
        let page = Page::read(request.page_size, &request.page_token, &list)?;
        let (found, next_page_token) = list_sessions::run(&self.app, &person, &page).await?;
        Ok(Response::new(ListSessionsResponse {
            next_page_token,
            sessions: found.iter().map(|entry| listed(entry, &person)).collect(),
        }))
    }

    async fn revoke_session(
        &self,
        request: Request<RevokeSessionRequest>,
    ) -> Result<Response<RevokeSessionResponse>, Status> {
        let access = Access::of(&request)?;
        let user = access.person()?.user;
        let id = convert::parse("session", &request.get_ref().session)?;
        let app = self.app.clone();
        detached(async move { revoke_session::run(&app, &access, user, id).await }).await?;
        Ok(Response::new(RevokeSessionResponse {}))
    }

    async fn revoke_other_sessions(
        &self,
        request: Request<RevokeOtherSessionsRequest>,
    ) -> Result<Response<RevokeOtherSessionsResponse>, Status> {
        let access = Access::of(&request)?;
        let person = *access.person()?;
        let app = self.app.clone();
        let ended = detached(async move { revoke_other_sessions::run(&app, &access, &person).await }).await?;
        Ok(Response::new(RevokeOtherSessionsResponse {
            revoked_count: i32::try_from(ended).unwrap_or(i32::MAX),
        }))
    }

    async fn get_key_set(&self, _: Request<GetKeySetRequest>) -> Result<Response<GetKeySetResponse>, Status> {
        Ok(Response::new(GetKeySetResponse {
            keys: self.keys.json_web_keys(),
        }))
    }
}

/// What comes of a sign-in, in the contract's words.
pub(super) fn response(signed_in: SignedIn) -> SignInResponse {
    match signed_in {
        SignedIn::Open(open, tokens) => opened(*open, &tokens),
        SignedIn::Challenged(token) => SignInResponse {
            challenge: Some(Challenge {
                token: token.expose_secret().to_owned(),
                expires_in: CHALLENGE_SECONDS,
            }),
            ..SignInResponse::default()
        },
    }
}

fn opened(open: OpenSession, tokens: &IssuedTokens) -> SignInResponse {
    let person = Person {
        user: open.session.user,
        session: open.session.id,
        organization: open.session.organization,
        auth_time: open.session.auth_time,
        second_factor: open.session.second_factor,
    };
    SignInResponse {
        tokens: Some(convert::tokens(tokens)),
        session: Some(session(&person, open.account, open.memberships)),
        challenge: None,
    }
}

fn session(person: &Person, account: Account, memberships: Vec<Membership>) -> Session {
    Session {
        id: person.session.to_string(),
        user: person.user.to_string(),
        email: account.email.into(),
        display_name: account.display_name,
        organization: person.organization.to_string(),
        memberships: memberships.into_iter().map(convert::membership).collect(),
        auth_time: Some(timestamp(person.auth_time)),
        second_factor: person.second_factor,
    }
}

fn listed(entry: &Entry, person: &Person) -> SessionEntry {
    SessionEntry {
        id: entry.id.to_string(),
        organization: entry.organization.to_string(),
        current: entry.id == person.session,
        create_time: Some(timestamp(entry.created_at)),
        last_use_time: Some(timestamp(entry.used_at)),
        expire_time: Some(timestamp(entry.expires_at)),
        opened_from: Some(convert::origin(&entry.opened_from)),
        last_used_from: Some(convert::origin(&entry.used_from)),
    }
}
