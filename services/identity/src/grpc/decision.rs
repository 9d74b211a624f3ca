//! The service of decisions.

mod local;

use entente_access::Access;
use entente_contracts::identity::v1::decision_service_server::DecisionService;
use entente_contracts::identity::v1::{
    BatchCheckRequest, BatchCheckResponse, CheckRequest, CheckResponse, ExplainRequest, ExplainResponse,
    ListMembersWithRequest, ListMembersWithResponse, ListPermissionsRequest, ListPermissionsResponse,
    PutGateRequest, PutGateResponse, PutGrantRequest, PutGrantResponse, WatchAccessRequest,
    WatchAccessResponse,
};
use entente_ids::PrincipalId;
use entente_paging::{ForeignToken, Page};
use entente_runtime::detached;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tonic::{Request, Response, Status};

pub use local::LocalDecider;

use super::SharedApp;
use super::convert::{decision, parse};
use crate::app::{check, explain, list_permissions, put_gate, put_grant, watch_access};
use crate::domain::decision::Revision;
use crate::engine::vocabulary;
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
        let subject = decision::subject(subject.as_ref())?;
        let requirement = decision::requirement(requirement.as_ref())?;
        self.app
            .engine
            .reach(Revision::new(min_revision))
            .await
            .map_err(Error::from)?;
        self.app.engine.leased().await;
        let decided = check::run(
            &self.app.engine,
            &subject,
            &requirement,
            self.app.context.clock.now(),
        );
        let decision = decision::decision(&decided.map_err(Error::from)?);
        Ok(Response::new(CheckResponse {
            decision: Some(decision),
        }))
    }

    async fn batch_check(
        &self,
        request: Request<BatchCheckRequest>,
    ) -> Result<Response<BatchCheckResponse>, Status> {
        let BatchCheckRequest {
            subject,
            requirements,
        } = request.into_inner();
        let subject = decision::subject(subject.as_ref())?;
        let requirements = requirements
            .iter()
            .map(|requirement| decision::requirement(Some(requirement)))
            .collect::<Result<Vec<_>, _>>()?;
        let now = self.app.context.clock.now();
        self.app.engine.leased().await;
        let decided = check::run_all(&self.app.engine, &subject, &requirements, now).map_err(Error::from)?;
        Ok(Response::new(BatchCheckResponse {
            decisions: decided.iter().map(decision::decision).collect(),
        }))
    }

    async fn list_permissions(
        &self,
        request: Request<ListPermissionsRequest>,
    ) -> Result<Response<ListPermissionsResponse>, Status> {
        let access = Access::of(&request)?;
        let subject = decision::caller(access.person()?);
        let organization = parse("organization", &request.get_ref().organization)?;
        let now = self.app.context.clock.now();
        let listed = list_permissions::run(&self.app.engine, &subject, organization, now);
        let (held, revision) = listed
            .map_err(Error::from)?
            .map_err(|denial| decision::denied(&denial))?;
        Ok(Response::new(ListPermissionsResponse {
            permissions: held.iter().map(decision::held).collect(),
            revision: revision.number(),
        }))
    }

    async fn list_members_with(
        &self,
        request: Request<ListMembersWithRequest>,
    ) -> Result<Response<ListMembersWithResponse>, Status> {
        let request = request.into_inner();
        let organization = parse("organization", &request.organization)?;
        let permission = decision::permission("resource", request.resource, request.action)?;
        let (resource, action) = (request.resource.to_string(), request.action.to_string());
        let page: Page<String> = Page::read(
            request.page_size,
            &request.page_token,
            &["ListMembersWith", &request.organization, &resource, &action],
        )?;
        let after: Option<Result<PrincipalId, _>> = page.after().map(|after| after.parse());
        let after = after.transpose().map_err(|_| ForeignToken)?;
        let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
        let now = self.app.context.clock.now();
        let members = self
            .app
            .engine
            .members_with_after(vocabulary::need(permission, organization), after, limit, now)
            .map_err(Error::from)?;
        let (members, next_page_token) = page.cut(members, ToString::to_string);
        Ok(Response::new(ListMembersWithResponse {
            next_page_token,
            principals: members.iter().map(ToString::to_string).collect(),
        }))
    }

    async fn explain(&self, request: Request<ExplainRequest>) -> Result<Response<ExplainResponse>, Status> {
        let (subject, need) = decision::explain(&request.into_inner())?;
        let (decided, steps) = explain::run(&self.app, &subject, need).map_err(Error::from)?;
        let steps = steps.into_iter().map(decision::step).collect();
        Ok(Response::new(ExplainResponse {
            decision: Some(decision::decision(&decided)),
            steps,
        }))
    }

    async fn watch_access(
        &self,
        _request: Request<WatchAccessRequest>,
    ) -> Result<Response<Self::WatchAccessStream>, Status> {
        let moves = watch_access::run(&self.app.engine).map_err(Error::from)?;
        let answers = moves.map(|moved| match moved {
            Ok(moved) => Ok(decision::moved(&moved)),
            Err(undecided) => Err(Error::from(undecided).into()),
        });
        Ok(Response::new(answers.boxed()))
    }

    async fn put_grant(
        &self,
        request: Request<PutGrantRequest>,
    ) -> Result<Response<PutGrantResponse>, Status> {
        let grant = decision::grant(request.into_inner().grant.unwrap_or_default())?;
        let app = self.app.clone();
        let revision = detached(async move { put_grant::run(&app, grant).await }).await?;
        Ok(Response::new(PutGrantResponse {
            revision: revision.number(),
        }))
    }

    async fn put_gate(&self, request: Request<PutGateRequest>) -> Result<Response<PutGateResponse>, Status> {
        let setting = decision::gate_setting(request.into_inner())?;
        let app = self.app.clone();
        let revision = detached(async move { put_gate::run(&app, setting).await }).await?;
        Ok(Response::new(PutGateResponse {
            revision: revision.number(),
        }))
    }
}
