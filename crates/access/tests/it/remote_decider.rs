//! A service asks identity over gRPC, with its own token, past the layer and the guard that stand there.

use std::pin::Pin;

use entente_access::{AccessGuard, AuthenticationLayer, Decider, RemoteDecider, ServiceSigner};
use entente_contracts::identity::v1::decision_service_server::DecisionService;
use entente_contracts::identity::v1::*;
use entente_contracts::{GuardedDecisionService, SharedGuard};
use entente_runtime::client::Client;
use entente_runtime::status;
use futures::Stream;
use http::{Request, header};
use std::sync::Arc;
use tonic::body::Body;
use tonic::{Code, Response, Status};
use tower::{Layer, ServiceExt};

use crate::identity::client;
use crate::support::*;

/// Denies whoever acts upon another organization; also decides for its own guard, as identity does.
#[derive(Clone)]
struct Identity;

impl Decider for Identity {
    async fn decide(&self, subject: &Subject, requirement: &Requirement) -> Result<Decision, Status> {
        let allowed = subject.organization == requirement.organization;
        let reason = if allowed { "" } else { "NOT_FOUND" }.to_owned();
        Ok(Decision {
            allowed,
            reason,
            revision: 3,
            ..Decision::default()
        })
    }
}

type Answers = Pin<Box<dyn Stream<Item = Result<WatchAccessResponse, Status>> + Send>>;

#[tonic::async_trait]
impl DecisionService for Identity {
    async fn check(&self, request: tonic::Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let request = request.into_inner();
        let (subject, requirement) = (request.subject.unwrap(), request.requirement.unwrap());
        if requirement.product == "away" {
            return Err(Status::unavailable("10.0.0.7 refused"));
        }
        let decision = self.decide(&subject, &requirement).await?;
        Ok(Response::new(CheckResponse {
            decision: (requirement.product != "empty").then_some(decision),
        }))
    }

    async fn batch_check(
        &self,
        _: tonic::Request<BatchCheckRequest>,
    ) -> Result<Response<BatchCheckResponse>, Status> {
        Err(Status::unimplemented("not this one"))
    }

    async fn list_permissions(
        &self,
        _: tonic::Request<ListPermissionsRequest>,
    ) -> Result<Response<ListPermissionsResponse>, Status> {
        Err(Status::unimplemented("not this one"))
    }

    async fn list_members_with(
        &self,
        _: tonic::Request<ListMembersWithRequest>,
    ) -> Result<Response<ListMembersWithResponse>, Status> {
        Err(Status::unimplemented("not this one"))
    }

    async fn explain(&self, _: tonic::Request<ExplainRequest>) -> Result<Response<ExplainResponse>, Status> {
        Err(Status::unimplemented("not this one"))
    }

    type WatchAccessStream = Answers;

    async fn watch_access(&self, _: tonic::Request<WatchAccessRequest>) -> Result<Response<Answers>, Status> {
        Err(Status::unimplemented("not this one"))
    }

    async fn put_grant(
        &self,
        _: tonic::Request<PutGrantRequest>,
    ) -> Result<Response<PutGrantResponse>, Status> {
        Err(Status::unimplemented("not this one"))
    }

    async fn put_gate(&self, _: tonic::Request<PutGateRequest>) -> Result<Response<PutGateResponse>, Status> {
        Err(Status::unimplemented("not this one"))
    }
}

/// A decider that calls with the token of that service.
fn decider(world: &World, signer: ServiceSigner) -> RemoteDecider {
    let guard = SharedGuard::new(AccessGuard::new(Identity, world.clock.clone()));
    let server = GuardedDecisionService::server(Identity, guard);
    let server = AuthenticationLayer::new(world.verifier.clone()).layer(server);
    let signer = Arc::new(signer);
    let signed = client(server).map_request(move |mut request: Request<Body>| {
        request
            .headers_mut()
            .insert(header::AUTHORIZATION, signer.authorization());
        request
    });
    RemoteDecider::new(Client::new(signed))
}

fn subject(organization: &str) -> Subject {
    Subject {
        user: person().user.to_string(),
        session: person().session.to_string(),
        organization: organization.to_owned(),
        auth_time: None,
        second_factor: false,
    }
}

fn requirement(organization: &str, product: &str) -> Requirement {
    Requirement {
        organization: organization.to_owned(),
        product: product.to_owned(),
        ..Requirement::default()
    }
}

#[tokio::test]
async fn a_service_gets_identitys_decision() {
    let world = World::new();
    let decider = decider(&world, world.service("partners", PARTNERS));

    let own = decider
        .decide(&subject("org_a"), &requirement("org_a", ""))
        .await
        .unwrap();
    let foreign = decider
        .decide(&subject("org_a"), &requirement("org_b", ""))
        .await
        .unwrap();

    assert_eq!((own.allowed, own.revision), (true, 3));
    assert_eq!((foreign.allowed, foreign.reason.as_str()), (false, "NOT_FOUND"));
}

#[tokio::test]
async fn a_service_that_identity_does_not_know_blames_no_caller() {
    let world = World::new();
    let decider = decider(&world, world.service("partners", STRANGER));

    let status = decider
        .decide(&subject("org_a"), &requirement("org_a", ""))
        .await
        .unwrap_err();

    assert_eq!(status.code(), Code::Internal);
}

#[tokio::test]
async fn an_identity_that_is_away_leaves_the_decision_open() {
    let world = World::new();
    let decider = decider(&world, world.service("partners", PARTNERS));

    let status = decider
        .decide(&subject("org_a"), &requirement("org_a", "away"))
        .await
        .unwrap_err();

    assert_eq!(status::reason(&status).as_deref(), Some("DECISION_UNAVAILABLE"));
    assert!(!format!("{status:?}").contains("10.0.0.7"));
}

#[tokio::test]
async fn an_answer_without_a_decision_allows_nothing() {
    let world = World::new();
    let decider = decider(&world, world.service("partners", PARTNERS));

    let status = decider
        .decide(&subject("org_a"), &requirement("org_a", "empty"))
        .await
        .unwrap_err();

    assert_eq!(status.code(), Code::Internal);
}
