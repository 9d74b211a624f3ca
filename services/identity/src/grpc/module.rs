//! `ModuleService`.

use entente_access::Access;
use entente_contracts::access::v1::Module as ContractModule;
use entente_contracts::identity::v1::module_service_server::ModuleService;
use entente_contracts::identity::v1::{
    ListModulesRequest, ListModulesResponse, SwitchModuleRequest, SwitchModuleResponse,
};
use entente_idempotency::Once;
use entente_runtime::detached;
use tonic::{Request, Response, Status};

use super::{SharedApp, convert};
use crate::app::get_organization;
use crate::app::switch_module::{self, Switch, SwitchModule};
use crate::engine::vocabulary;
use crate::error::Error;

/// Serves the modules.
#[derive(Debug, Clone)]
pub struct Modules {
    app: SharedApp,
}

impl Modules {
    /// Serves them with this application.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl ModuleService for Modules {
    async fn list_modules(
        &self,
        request: Request<ListModulesRequest>,
    ) -> Result<Response<ListModulesResponse>, Status> {
        let id = convert::parse("organization", &request.get_ref().organization)?;
        let organization = get_organization::run(&self.app, id).await?;
        let SwitchModuleResponse { modules, etag } = convert::switched(&organization);
        Ok(Response::new(ListModulesResponse { modules, etag }))
    }

    async fn switch_module(
        &self,
        request: Request<SwitchModuleRequest>,
    ) -> Result<Response<SwitchModuleResponse>, Status> {
        let access = Access::of(&request)?;
        let request = request.into_inner();
        let module = ContractModule::try_from(request.module)
            .ok()
            .and_then(vocabulary::module);
        let command = SwitchModule {
            organization: convert::parse("organization", &request.organization)?,
            module: module.ok_or_else(|| Error::field("module", "is no module: give one of the contract"))?,
            to: if request.on { Switch::On } else { Switch::Off },
            etag: request.etag.clone(),
        };
        let app = self.app.clone();
        let answer = detached(async move {
            let once = Once::new(access.actor(), &request);
            switch_module::run(&app, &access, command, once).await
        });
        Ok(Response::new(answer.await?))
    }
}
