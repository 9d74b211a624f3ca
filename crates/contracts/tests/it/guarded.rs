//! What stands between a call and its handler: the guard, then the field rules, then the handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entente_contracts::access::v1::{Action, Caller, Resource};
use entente_contracts::identity::v1::operations_service_server::OperationsService;
use entente_contracts::identity::v1::{InspectDecisionRequest, InspectDecisionResponse};
use entente_contracts::{Guard, GuardedOperationsService, METHODS, MethodRule, SharedGuard, Target};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;
use tower::ServiceExt;

struct Handlers(Arc<AtomicUsize>);

#[tonic::async_trait]
impl OperationsService for Handlers {
    async fn inspect_decision(
        &self,
        _: Request<InspectDecisionRequest>,
    ) -> Result<Response<InspectDecisionResponse>, Status> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Response::new(InspectDecisionResponse::default()))
    }
}

struct Gate(Result<(), Code>);

#[tonic::async_trait]
impl Guard for Gate {
    async fn check(
        &self,
        rule: &'static MethodRule,
        _: Target<'_>,
        _: &mut tonic::Extensions,
    ) -> Result<(), Status> {
        assert_eq!(rule.method, "InspectDecision");
        self.0.map_err(|code| Status::new(code, "denied"))
    }
}

async fn inspect(gate: Result<(), Code>, permission: &str) -> (Result<(), Status>, usize) {
    let reached = Arc::new(AtomicUsize::new(0));
    let server = GuardedOperationsService::server(Handlers(reached.clone()), SharedGuard::new(Gate(gate)));
    let transport = server.map_request(|request: http::Request<tonic::body::Body>| request);
    let mut client = tonic::client::Grpc::new(transport);
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/entente.identity.v1.OperationsService/InspectDecision");
    let request = InspectDecisionRequest {
        organization: "org".to_owned(),
        user: "usr".to_owned(),
        permission: permission.to_owned(),
        ..Default::default()
    };
    let codec = tonic_prost::ProstCodec::<InspectDecisionRequest, InspectDecisionResponse>::default();
    let answer = client.unary(Request::new(request), path, codec).await.map(drop);
    (answer, reached.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_handler_is_not_reached_when_the_guard_denies() {
    let (answer, reached) = inspect(Err(Code::PermissionDenied), "product:read").await;
    assert_eq!(answer.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(reached, 0);
}

#[tokio::test]
async fn a_denial_comes_before_the_fields_are_looked_at() {
    let (answer, _) = inspect(Err(Code::Unauthenticated), "").await;
    assert_eq!(answer.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_field_out_of_bounds_is_named_with_the_mend() {
    let (answer, reached) = inspect(Ok(()), &"p".repeat(65)).await;
    let status = answer.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations[0].field, "permission");
    assert!(
        violations[0].description.contains("at most 64"),
        "{}",
        violations[0].description
    );
    assert_eq!(reached, 0);
}

#[tokio::test]
async fn a_call_that_passes_reaches_its_handler_once() {
    let (answer, reached) = inspect(Ok(()), "product:read").await;
    answer.unwrap();
    assert_eq!(reached, 1);
}

#[test]
fn every_method_of_the_contract_has_a_rule_with_an_audience() {
    for rule in &METHODS {
        let has_caller = rule.caller != Caller::Unspecified;
        let has_permission = rule.resource != Resource::Unspecified
            && rule.action != Action::Unspecified
            && rule.organization.is_some();
        assert!(has_caller != has_permission, "{}/{}", rule.service, rule.method);
    }
}
