//! `ServiceAccountService`.

use entente_access::Access;
use entente_contracts::identity::v1::service_account_service_server::ServiceAccountService;
use entente_contracts::identity::v1::{
    CreateApiKeyRequest, CreateApiKeyResponse, CreateServiceAccountRequest, CreateServiceAccountResponse,
    DeleteServiceAccountRequest, DeleteServiceAccountResponse, DisableServiceAccountRequest,
    DisableServiceAccountResponse, EnableServiceAccountRequest, EnableServiceAccountResponse,
    ExchangeApiKeyRequest, ExchangeApiKeyResponse, GetServiceAccountRequest, GetServiceAccountResponse,
    ListApiKeysRequest, ListApiKeysResponse, ListServiceAccountsRequest, ListServiceAccountsResponse,
    RevokeApiKeyRequest, RevokeApiKeyResponse, RotateApiKeyRequest, RotateApiKeyResponse,
    UpdateServiceAccountRequest, UpdateServiceAccountResponse,
};
use entente_idempotency::Once;
use entente_paging::Page;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::convert::messages;
use super::{SharedApp, convert};
use crate::app::create_api_key::{self, CreateApiKey};
use crate::app::create_service_account::{self, CreateServiceAccount};
use crate::app::list_api_keys::{self, ListApiKeys};
use crate::app::revoke_api_key::{self, RevokeApiKey};
use crate::app::rotate_api_key::{self, RotateApiKey};
use crate::app::set_service_account_state::{self, SetServiceAccountState};
use crate::app::update_service_account::{self, UpdateServiceAccount};
use crate::app::{exchange_api_key, get_service_account, list_service_accounts};
use crate::domain::role::RoleRef;
use crate::domain::service_account::ServiceAccountState;
use crate::error::Error;
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;

/// Serves the service accounts and their keys.
#[derive(Debug, Clone)]
pub struct ServiceAccounts {
    app: SharedApp,
}

impl ServiceAccounts {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ServiceAccountService for ServiceAccounts {
    async fn create_service_account(
        &self,
        request: Request<CreateServiceAccountRequest>,
    ) -> Result<Response<CreateServiceAccountResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = create(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            create_service_account::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn get_service_account(
        &self,
        request: Request<GetServiceAccountRequest>,
    ) -> Result<Response<GetServiceAccountResponse>, Status> {
        let request = request.into_inner();
        let organization = convert::parse("organization", &request.organization)?;
        let id = convert::parse("service_account", &request.service_account)?;
        let account = get_service_account::run(&self.app, organization, id).await?;
        Ok(Response::new(GetServiceAccountResponse {
            service_account: Some(messages::service_account(&account)),
        }))
    }

    async fn list_service_accounts(
        &self,
        request: Request<ListServiceAccountsRequest>,
    ) -> Result<Response<ListServiceAccountsResponse>, Status> {
        let request = request.into_inner();
        let list = ["ListServiceAccounts", &request.organization];
        let organization = convert::parse("organization", &request.organization)?;
        let page = Page::read(request.page_size, &request.page_token, &list)?;
        let (found, next_page_token) = list_service_accounts::run(&self.app, organization, &page).await?;
        Ok(Response::new(ListServiceAccountsResponse {
            next_page_token,
            service_accounts: found.iter().map(messages::service_account).collect(),
        }))
    }

    async fn update_service_account(
        &self,
        request: Request<UpdateServiceAccountRequest>,
    ) -> Result<Response<UpdateServiceAccountResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = update(&request)?;
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            update_service_account::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn disable_service_account(
        &self,
        request: Request<DisableServiceAccountRequest>,
    ) -> Result<Response<DisableServiceAccountResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = SetServiceAccountState {
            organization: convert::parse("organization", &request.organization)?,
            id: convert::parse("service_account", &request.service_account)?,
            etag: request.etag.clone(),
            state: ServiceAccountState::Disabled,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            set_service_account_state::run(&app, &access, command, once, |account| {
                DisableServiceAccountResponse {
                    service_account: Some(messages::service_account(account)),
                }
            })
            .await
        });
        Ok(Response::new(answer.await?))
    }

    async fn enable_service_account(
        &self,
        request: Request<EnableServiceAccountRequest>,
    ) -> Result<Response<EnableServiceAccountResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = SetServiceAccountState {
            organization: convert::parse("organization", &request.organization)?,
            id: convert::parse("service_account", &request.service_account)?,
            etag: request.etag.clone(),
            state: ServiceAccountState::Active,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            set_service_account_state::run(&app, &access, command, once, |account| {
                EnableServiceAccountResponse {
                    service_account: Some(messages::service_account(account)),
                }
            })
            .await
        });
        Ok(Response::new(answer.await?))
    }

    async fn delete_service_account(
        &self,
        request: Request<DeleteServiceAccountRequest>,
    ) -> Result<Response<DeleteServiceAccountResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = SetServiceAccountState {
            organization: convert::parse("organization", &request.organization)?,
            id: convert::parse("service_account", &request.service_account)?,
            etag: request.etag.clone(),
            state: ServiceAccountState::Deleted,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            set_service_account_state::run(&app, &access, command, once, |account| {
                DeleteServiceAccountResponse {
                    service_account: Some(messages::service_account(account)),
                }
            })
            .await
        });
        Ok(Response::new(answer.await?))
    }

    async fn create_api_key(
        &self,
        request: Request<CreateApiKeyRequest>,
    ) -> Result<Response<CreateApiKeyResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = CreateApiKey {
            organization: convert::parse("organization", &request.organization)?,
            service_account: convert::parse("service_account", &request.service_account)?,
            display_name: convert::display_name("display_name", &request.display_name)?,
            expires_at: convert::time("expire_time", request.expire_time.as_ref())?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            create_api_key::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn list_api_keys(
        &self,
        request: Request<ListApiKeysRequest>,
    ) -> Result<Response<ListApiKeysResponse>, Status> {
        let request = request.into_inner();
        let list = ["ListApiKeys", &request.organization, &request.service_account];
        let query = ListApiKeys {
            organization: convert::parse("organization", &request.organization)?,
            service_account: convert::parse("service_account", &request.service_account)?,
            page: Page::read(request.page_size, &request.page_token, &list)?,
        };
        let (found, next_page_token) = list_api_keys::run(&self.app, &query).await?;
        Ok(Response::new(ListApiKeysResponse {
            next_page_token,
            api_keys: found.iter().map(messages::api_key).collect(),
        }))
    }

    async fn rotate_api_key(
        &self,
        request: Request<RotateApiKeyRequest>,
    ) -> Result<Response<RotateApiKeyResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = RotateApiKey {
            organization: convert::parse("organization", &request.organization)?,
            service_account: convert::parse("service_account", &request.service_account)?,
            id: convert::parse("api_key", &request.api_key)?,
            expires_at: convert::time("expire_time", request.expire_time.as_ref())?,
            overlap: SignedDuration::from_secs(request.overlap_seconds.into()),
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            rotate_api_key::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn revoke_api_key(
        &self,
        request: Request<RevokeApiKeyRequest>,
    ) -> Result<Response<RevokeApiKeyResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = RevokeApiKey {
            organization: convert::parse("organization", &request.organization)?,
            service_account: convert::parse("service_account", &request.service_account)?,
            id: convert::parse("api_key", &request.api_key)?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            revoke_api_key::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn exchange_api_key(
        &self,
        request: Request<ExchangeApiKeyRequest>,
    ) -> Result<Response<ExchangeApiKeyResponse>, Status> {
        let key = request.into_inner().key.into();
        let (token, expires_in) = exchange_api_key::run(&self.app, &key).await?;
        Ok(Response::new(ExchangeApiKeyResponse {
            access_token: token.expose_secret().to_owned(),
            expires_in,
        }))
    }
}

fn create(request: &CreateServiceAccountRequest) -> Result<CreateServiceAccount, Error> {
    let account = request.service_account.as_ref().ok_or_else(missing)?;
    Ok(CreateServiceAccount {
        organization: convert::parse("organization", &request.organization)?,
        display_name: convert::display_name("service_account.display_name", &account.display_name)?,
        description: account.description.clone(),
        role: role(&account.role)?,
    })
}

fn update(request: &UpdateServiceAccountRequest) -> Result<UpdateServiceAccount, Error> {
    let account = request.service_account.as_ref().ok_or_else(missing)?;
    let known = ["display_name", "description", "role"];
    let paths = convert::paths(request.update_mask.as_ref(), &known)?;
    let mut command = UpdateServiceAccount {
        organization: convert::parse("organization", &request.organization)?,
        id: convert::parse("service_account.id", &account.id)?,
        etag: account.etag.clone(),
        display_name: None,
        description: None,
        role: None,
    };
    if paths.contains(&"display_name") {
        let name = convert::display_name("service_account.display_name", &account.display_name)?;
        command.display_name = Some(name);
    }
    if paths.contains(&"description") {
        command.description = Some(account.description.clone());
    }
    if paths.contains(&"role") {
        command.role = Some(role(&account.role)?);
    }
    Ok(command)
}

fn missing() -> Error {
    Error::field("service_account", "is missing: give an object")
}

fn role(text: &str) -> Result<Option<RoleRef>, Error> {
    convert::parse_optional("service_account.role", text)
}
