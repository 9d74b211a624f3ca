//! The service of decisions.

pub(crate) mod convert;
mod local;

use entente_contracts::identity::v1::decision_service_server::DecisionService;
use entente_contracts::identity::v1::{
    CheckRequest, CheckResponse, ExplainRequest, ExplainResponse, PutGateRequest, PutGateResponse,
    PutGrantRequest, PutGrantResponse, WatchAccessRequest, WatchAccessResponse,
};
use entente_runtime::detached;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status};

pub use local::LocalDecider;

use super::SharedApp;
use crate::app::{check, explain, put_gate, put_grant, watch_access};
use crate::domain::decision::Revision;
use crate::error::Error;

/// The handlers.
#[derive(Debug, Clone)]
pub struct Decisions {
    app: SharedApp,
}

impl Decisions {
    /// Handlers for these use cases.
    pub fn new(app: SharedApp) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl DecisionService for Decisions {
    type WatchAccessStream = BoxStream<'static, Result<WatchAccessResponse, Status>>;

    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let CheckRequest {
            subject,
            requirement,
            min_revision,
        } = request.into_inner();
        let subject = convert::subject(subject.as_ref())?;
        let requirement = convert::requirement(requirement.as_ref())?;
        self.app
            .engine
            .reach(Revision::new(min_revision))
            .await
            .map_err(Error::from)?;
        let decided = check::run(
            &self.app.engine,
            &subject,
            &requirement,
            self.app.context.clock.now(),
        );
        let decision = convert::decision(&decided.map_err(Error::from)?);
        Ok(Response::new(CheckResponse {
            decision: Some(decision),
        }))
    }

    async fn explain(&self, request: Request<ExplainRequest>) -> Result<Response<ExplainResponse>, Status> {
        let (subject, need) = convert::explain(&request.into_inner())?;
        let (decided, steps) = explain::run(&self.app, &subject, need).map_err(Error::from)?;
        let steps = steps.into_iter().map(convert::step).collect();
        Ok(Response::new(ExplainResponse {
            decision: Some(convert::decision(&decided)),
            steps,
        }))
    }

    async fn watch_access(
        &self,
        _request: Request<WatchAccessRequest>,
    ) -> Result<Response<Self::WatchAccessStream>, Status> {
        let moves = watch_access::run(&self.app.engine).map_err(Error::from)?;
        let answers = moves.map(|moved| match moved {
            Ok(moved) => Ok(convert::moved(&moved)),
            Err(undecided) => Err(Error::from(undecided).into()),
        });
        Ok(Response::new(answers.boxed()))
    }

    async fn put_grant(
        &self,
        request: Request<PutGrantRequest>,
    ) -> Result<Response<PutGrantResponse>, Status> {
        let grant = convert::grant(request.into_inner().grant.unwrap_or_default())?;
        let app = self.app.clone();
        let revision = detached(async move { put_grant::run(&app, grant).await }).await?;
        Ok(Response::new(PutGrantResponse {
            revision: revision.number(),
        }))
    }

    async fn put_gate(&self, request: Request<PutGateRequest>) -> Result<Response<PutGateResponse>, Status> {
        let setting = convert::gate_setting(request.into_inner())?;
        let app = self.app.clone();
        let revision = detached(async move { put_gate::run(&app, setting).await }).await?;
        Ok(Response::new(PutGateResponse {
            revision: revision.number(),
        }))
    }
}
