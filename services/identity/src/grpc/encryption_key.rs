//! `EncryptionKeyService`.

use entente_access::Access;
use entente_contracts::identity::v1::encryption_key_service_server::EncryptionKeyService;
use entente_contracts::identity::v1::{
    DeleteEncryptionKeyRequest, DeleteEncryptionKeyResponse, EncryptionKeyFormat,
    GenerateEncryptionKeyRequest, GenerateEncryptionKeyResponse, GetEncryptionKeyRequest,
    GetEncryptionKeyResponse, ListEncryptionKeysRequest, ListEncryptionKeysResponse,
    UploadEncryptionKeyRequest, UploadEncryptionKeyResponse,
};
use entente_idempotency::Once;
use entente_paging::Page;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::convert::messages;
use super::{SharedApp, convert};
use crate::app::delete_encryption_key::{self, DeleteEncryptionKey};
use crate::app::generate_encryption_key::{self, GenerateEncryptionKey};
use crate::app::get_encryption_key;
use crate::app::list_encryption_keys::{self, ListEncryptionKeys};
use crate::app::upload_encryption_key::{self, UploadEncryptionKey};
use crate::domain::encryption_key::KeyFormat;
use crate::error::Error;

/// Serves the encryption keys.
#[derive(Debug, Clone)]
pub struct EncryptionKeys {
    app: SharedApp,
}

impl EncryptionKeys {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl EncryptionKeyService for EncryptionKeys {
    async fn upload_encryption_key(
        &self,
        request: Request<UploadEncryptionKeyRequest>,
    ) -> Result<Response<UploadEncryptionKeyResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = UploadEncryptionKey {
            organization: convert::parse("organization", &request.organization)?,
            display_name: convert::display_name("display_name", &request.display_name)?,
            text: request.public_key.clone().into(),
            expires_at: convert::optional_time("expire_time", request.expire_time.as_ref())?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            upload_encryption_key::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn generate_encryption_key(
        &self,
        request: Request<GenerateEncryptionKeyRequest>,
    ) -> Result<Response<GenerateEncryptionKeyResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = GenerateEncryptionKey {
            organization: convert::parse("organization", &request.organization)?,
            display_name: convert::display_name("display_name", &request.display_name)?,
            format: format(request.format)?,
            expires_at: convert::time("expire_time", request.expire_time.as_ref())?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            generate_encryption_key::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }

    async fn get_encryption_key(
        &self,
        request: Request<GetEncryptionKeyRequest>,
    ) -> Result<Response<GetEncryptionKeyResponse>, Status> {
        let request = request.into_inner();
        let organization = convert::parse("organization", &request.organization)?;
        let id = convert::parse("encryption_key", &request.encryption_key)?;
        let key = get_encryption_key::run(&self.app, organization, id).await?;
        Ok(Response::new(GetEncryptionKeyResponse {
            encryption_key: Some(messages::encryption_key(&key)),
        }))
    }

    async fn list_encryption_keys(
        &self,
        request: Request<ListEncryptionKeysRequest>,
    ) -> Result<Response<ListEncryptionKeysResponse>, Status> {
        let request = request.into_inner();
        let list = ["ListEncryptionKeys", &request.organization];
        let query = ListEncryptionKeys {
            organization: convert::parse("organization", &request.organization)?,
            page: Page::read(request.page_size, &request.page_token, &list)?,
        };
        let (found, next_page_token) = list_encryption_keys::run(&self.app, &query).await?;
        Ok(Response::new(ListEncryptionKeysResponse {
            next_page_token,
            encryption_keys: found.iter().map(messages::encryption_key).collect(),
        }))
    }

    async fn delete_encryption_key(
        &self,
        request: Request<DeleteEncryptionKeyRequest>,
    ) -> Result<Response<DeleteEncryptionKeyResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let command = DeleteEncryptionKey {
            organization: convert::parse("organization", &request.organization)?,
            id: convert::parse("encryption_key", &request.encryption_key)?,
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            delete_encryption_key::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }
}

fn format(number: i32) -> Result<KeyFormat, Error> {
    match EncryptionKeyFormat::try_from(number) {
        Ok(EncryptionKeyFormat::Openpgp) => Ok(KeyFormat::Openpgp),
        Ok(EncryptionKeyFormat::Ssh) => Ok(KeyFormat::Ssh),
        Ok(EncryptionKeyFormat::Unspecified) | Err(_) => {
            Err(Error::field("format", "is no format: give one of the contract"))
        }
    }
}
