//! `IdentityProviderService`.

use entente_access::Access;
use entente_contracts::identity::v1::identity_provider_service_server::IdentityProviderService;
use entente_contracts::identity::v1::{
    BeginProviderSignInRequest, BeginProviderSignInResponse, CompleteProviderSignInRequest,
    CompleteProviderSignInResponse, DeleteProviderLinkRequest, DeleteProviderLinkResponse,
    GetProviderLinkRequest, GetProviderLinkResponse, ProviderLink, SignInResponse,
};
use entente_contracts::timestamp;
use entente_idempotency::Once;
use entente_runtime::detached;
use secrecy::ExposeSecret as _;
use tonic::{Request, Response, Status};

use super::{SharedApp, caller, convert, session};
use crate::app::complete_provider_sign_in::{self, Return};
use crate::app::{begin_provider_sign_in, delete_provider_link, get_provider_link};
use crate::provider::FLOW_SECONDS;

/// Serves sign-ins with the identity provider, and the links that they make.
#[derive(Debug, Clone)]
pub struct IdentityProviders {
    app: SharedApp,
}

impl IdentityProviders {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl IdentityProviderService for IdentityProviders {
    async fn begin_provider_sign_in(
        &self,
        _: Request<BeginProviderSignInRequest>,
    ) -> Result<Response<BeginProviderSignInResponse>, Status> {
        let (authorization_url, flow) = begin_provider_sign_in::run(&self.app).await?;
        Ok(Response::new(BeginProviderSignInResponse {
            authorization_url,
            flow: flow.expose_secret().to_owned(),
            expires_in: FLOW_SECONDS,
        }))
    }

    async fn complete_provider_sign_in(
        &self,
        request: Request<CompleteProviderSignInRequest>,
    ) -> Result<Response<CompleteProviderSignInResponse>, Status> {
        let origin = caller::origin(&request);
        let request = request.into_inner();
        let command = Return {
            flow: request.flow.into(),
            state: request.state,
            code: request.code,
            organization: convert::parse_optional("organization", &request.organization)?,
            origin,
        };
        let app = self.app.clone();
        let signed_in = detached(async move { complete_provider_sign_in::run(&app, command).await }).await?;
        let SignInResponse {
            tokens,
            session,
            challenge,
        } = session::response(signed_in);
        Ok(Response::new(CompleteProviderSignInResponse {
            tokens,
            session,
            challenge,
        }))
    }

    async fn get_provider_link(
        &self,
        request: Request<GetProviderLinkRequest>,
    ) -> Result<Response<GetProviderLinkResponse>, Status> {
        let person = *Access::of(&request)?.person()?;
        let link = get_provider_link::run(&self.app, &person).await?;
        Ok(Response::new(GetProviderLinkResponse {
            provider_link: link.map(|link| ProviderLink {
                issuer: link.issuer,
                create_time: Some(timestamp(link.created_at)),
            }),
        }))
    }

    async fn delete_provider_link(
        &self,
        request: Request<DeleteProviderLinkRequest>,
    ) -> Result<Response<DeleteProviderLinkResponse>, Status> {
        let access = Access::of(&request)?;
        let person = *access.person()?;
        let request = request.into_inner();
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            delete_provider_link::run(&app, &person, once).await
        });
        Ok(Response::new(answer.await?))
    }
}
