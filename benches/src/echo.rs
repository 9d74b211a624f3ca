//! The reference of `Check`: what tonic alone takes for the same messages.

use anyhow::{Context as _, Result};
use entente_contracts::identity::v1::decision_service_server::{DecisionService, DecisionServiceServer};
use entente_contracts::identity::v1::{
    BatchCheckRequest, BatchCheckResponse, CheckRequest, CheckResponse, Decision, ExplainRequest,
    ExplainResponse, ListMembersWithRequest, ListMembersWithResponse, ListPermissionsRequest,
    ListPermissionsResponse, PutGateRequest, PutGateResponse, PutGrantRequest, PutGrantResponse,
    WatchAccessRequest, WatchAccessResponse,
};
use futures::stream::Pending;
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// Answers each check alike: no guard, no telemetry, no decision.
struct Echo {
    decision: Decision,
}

/// Serves until it is killed; the address is given to `started`. It answers what identity does, so that the
/// messages are of the same size.
///
/// # Errors
/// If the arguments aren't the source and the revision to answer, or no port is free.
pub async fn run(arguments: &[String], started: impl FnOnce(&str)) -> Result<()> {
    let [source, revision] = arguments else {
        anyhow::bail!("usage: entente-bench echo SOURCE REVISION");
    };
    let decision = Decision {
        allowed: true,
        source: source.clone(),
        revision: revision.parse().context("the revision is a number")?,
        ..Decision::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    started(&listener.local_addr()?.to_string());
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .add_service(DecisionServiceServer::new(Echo { decision }))
        .serve_with_incoming(incoming)
        .await?;
    Ok(())
}

#[tonic::async_trait]
impl DecisionService for Echo {
    type WatchAccessStream = Pending<Result<WatchAccessResponse, Status>>;

    async fn check(&self, _: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        Ok(Response::new(CheckResponse {
            decision: Some(self.decision.clone()),
        }))
    }

    async fn explain(&self, _: Request<ExplainRequest>) -> Result<Response<ExplainResponse>, Status> {
        Err(only_checks())
    }

    async fn watch_access(
        &self,
        _: Request<WatchAccessRequest>,
    ) -> Result<Response<Self::WatchAccessStream>, Status> {
        Err(only_checks())
    }

    async fn put_grant(&self, _: Request<PutGrantRequest>) -> Result<Response<PutGrantResponse>, Status> {
        Err(only_checks())
    }

    async fn batch_check(
        &self,
        _: Request<BatchCheckRequest>,
    ) -> Result<Response<BatchCheckResponse>, Status> {
        Err(only_checks())
    }

    async fn list_permissions(
        &self,
        _: Request<ListPermissionsRequest>,
    ) -> Result<Response<ListPermissionsResponse>, Status> {
        Err(only_checks())
    }

    async fn list_members_with(
        &self,
        _: Request<ListMembersWithRequest>,
    ) -> Result<Response<ListMembersWithResponse>, Status> {
        Err(only_checks())
    }

    async fn put_gate(&self, _: Request<PutGateRequest>) -> Result<Response<PutGateResponse>, Status> {
        Err(only_checks())
    }
}

fn only_checks() -> Status {
    Status::unimplemented("the echo answers checks alone: call Check")
}
