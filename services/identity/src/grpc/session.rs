//! `SessionService`.

use entente_access::{Access, LocalKeys, Person};
use entente_contracts::identity::v1::session_service_server::SessionService;
use entente_contracts::identity::v1::{
    GetCurrentSessionRequest, GetCurrentSessionResponse, GetKeySetRequest, GetKeySetResponse,
    ReauthenticateRequest, ReauthenticateResponse, RefreshSessionRequest, RefreshSessionResponse, Session,
    SignInRequest, SignInResponse, SignOutRequest, SignOutResponse, SwitchOrganizationRequest,
    SwitchOrganizationResponse,
};
use entente_contracts::timestamp;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::{SharedApp, caller, convert};
use crate::app::sign_in::{self, SignIn};
use crate::app::{get_current_session, reauthenticate, refresh_session, sign_out, switch_organization};
use crate::domain::email::EmailAddress;
use crate::store::member::Membership;
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
        let client = caller::address(&request);
        let request = request.into_inner();
        let command = SignIn {
            email: EmailAddress::new(&request.email),
            password: request.password.into(),
            organization: convert::parse_optional("organization", &request.organization)?,
            client,
        };
        let app = self.app.clone();
        let (open, tokens) = detached(async move { sign_in::run(&app, command).await }).await?;
        let person = Person {
            user: open.session.user,
            session: open.session.id,
            organization: open.session.organization,
            auth_time: open.session.auth_time,
        };
        Ok(Response::new(SignInResponse {
            tokens: Some(convert::tokens(&tokens)),
            session: Some(session(&person, open.account, open.memberships)),
        }))
    }

    async fn refresh_session(
        &self,
        request: Request<RefreshSessionRequest>,
    ) -> Result<Response<RefreshSessionResponse>, Status> {
        let (app, token) = (self.app.clone(), request.into_inner().refresh_token.into());
        let tokens = detached(async move { refresh_session::run(&app, &token).await }).await?;
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
        let client = caller::address(&request);
        let (app, password) = (self.app.clone(), request.into_inner().password.into());
        let tokens =
            detached(async move { reauthenticate::run(&app, &person, &password, client).await }).await?;
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

    async fn get_key_set(&self, _: Request<GetKeySetRequest>) -> Result<Response<GetKeySetResponse>, Status> {
        Ok(Response::new(GetKeySetResponse {
            keys: self.keys.json_web_keys(),
        }))
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
    }
}
