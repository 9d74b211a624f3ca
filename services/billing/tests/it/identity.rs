//! What stands in for identity: it publishes a key, decides by a table, and keeps the gates that it is given.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use entente_access::{Decider, keys};
use entente_contracts::identity::v1::decision_service_server::DecisionService;
use entente_contracts::identity::v1::session_service_server::SessionService;
use entente_contracts::identity::v1::*;
use entente_ids::OrganizationId;
use tonic::{Request, Response, Status};

#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    key: keys::PublicKey,
    /// By person and organization: nothing when they may, else the reason why not.
    table: Mutex<HashMap<(String, String), &'static str>>,
    /// In the order in which they came.
    gates: Mutex<Vec<PutGateRequest>>,
    takes_no_gates: AtomicBool,
}

impl Identity {
    pub fn new(key: keys::PublicKey) -> Self {
        Self(Arc::new(Inner {
            key,
            table: Mutex::default(),
            gates: Mutex::default(),
            takes_no_gates: AtomicBool::new(false),
        }))
    }

    /// The gates that came for an organization.
    pub fn gates(&self, organization: OrganizationId) -> Vec<PutGateRequest> {
        let organization = organization.to_string();
        let gates = self.0.gates.lock().unwrap();
        gates
            .iter()
            .filter(|gate| gate.organization == organization)
            .cloned()
            .collect()
    }

    pub fn go_away_for_gates(&self) {
        self.0.takes_no_gates.store(true, Ordering::SeqCst);
    }

    pub fn come_back(&self) {
        self.0.takes_no_gates.store(false, Ordering::SeqCst);
    }

    pub fn decides(
        &self,
        person: &entente_access::Person,
        organization: OrganizationId,
        reason: &'static str,
    ) {
        self.0
            .table
            .lock()
            .unwrap()
            .insert((person.user.to_string(), organization.to_string()), reason);
    }
}

impl Decider for Identity {
    async fn decide(&self, subject: &Subject, requirement: &Requirement) -> Result<Decision, Status> {
        let asked = (subject.user.clone(), requirement.organization.clone());
        let reason = self
            .0
            .table
            .lock()
            .unwrap()
            .get(&asked)
            .copied()
            .unwrap_or("NOT_FOUND");
        Ok(Decision {
            allowed: reason.is_empty(),
            reason: reason.to_owned(),
            revision: 1,
            ..Decision::default()
        })
    }
}

fn other<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not this one"))
}

#[tonic::async_trait]
impl DecisionService for Identity {
    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let request = request.into_inner();
        let decision = self
            .decide(&request.subject.unwrap(), &request.requirement.unwrap())
            .await?;
        Ok(Response::new(CheckResponse {
            decision: Some(decision),
        }))
    }

    async fn batch_check(
        &self,
        _: Request<BatchCheckRequest>,
    ) -> Result<Response<BatchCheckResponse>, Status> {
        other()
    }

    async fn list_permissions(
        &self,
        _: Request<ListPermissionsRequest>,
    ) -> Result<Response<ListPermissionsResponse>, Status> {
        other()
    }

    async fn list_members_with(
        &self,
        _: Request<ListMembersWithRequest>,
    ) -> Result<Response<ListMembersWithResponse>, Status> {
        other()
    }

    async fn explain(&self, _: Request<ExplainRequest>) -> Result<Response<ExplainResponse>, Status> {
        other()
    }

    type WatchAccessStream = tokio_stream::Pending<Result<WatchAccessResponse, Status>>;

    async fn watch_access(
        &self,
        _: Request<WatchAccessRequest>,
    ) -> Result<Response<Self::WatchAccessStream>, Status> {
        other()
    }

    async fn put_grant(&self, _: Request<PutGrantRequest>) -> Result<Response<PutGrantResponse>, Status> {
        other()
    }

    async fn put_gate(&self, request: Request<PutGateRequest>) -> Result<Response<PutGateResponse>, Status> {
        if self.0.takes_no_gates.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away at 10.0.0.7"));
        }
        self.0.gates.lock().unwrap().push(request.into_inner());
        Ok(Response::new(PutGateResponse { revision: 1 }))
    }
}

#[tonic::async_trait]
impl SessionService for Identity {
    async fn get_key_set(&self, _: Request<GetKeySetRequest>) -> Result<Response<GetKeySetResponse>, Status> {
        Ok(Response::new(GetKeySetResponse {
            keys: vec![keys::to_json_web_key(&self.0.key)],
        }))
    }

    async fn sign_in(&self, _: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        other()
    }

    async fn complete_sign_in(
        &self,
        _: Request<CompleteSignInRequest>,
    ) -> Result<Response<CompleteSignInResponse>, Status> {
        other()
    }

    async fn refresh_session(
        &self,
        _: Request<RefreshSessionRequest>,
    ) -> Result<Response<RefreshSessionResponse>, Status> {
        other()
    }

    async fn switch_organization(
        &self,
        _: Request<SwitchOrganizationRequest>,
    ) -> Result<Response<SwitchOrganizationResponse>, Status> {
        other()
    }

    async fn reauthenticate(
        &self,
        _: Request<ReauthenticateRequest>,
    ) -> Result<Response<ReauthenticateResponse>, Status> {
        other()
    }

    async fn sign_out(&self, _: Request<SignOutRequest>) -> Result<Response<SignOutResponse>, Status> {
        other()
    }

    async fn get_current_session(
        &self,
        _: Request<GetCurrentSessionRequest>,
    ) -> Result<Response<GetCurrentSessionResponse>, Status> {
        other()
    }

    async fn list_sessions(
        &self,
        _: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        other()
    }

    async fn revoke_session(
        &self,
        _: Request<RevokeSessionRequest>,
    ) -> Result<Response<RevokeSessionResponse>, Status> {
        other()
    }

    async fn revoke_other_sessions(
        &self,
        _: Request<RevokeOtherSessionsRequest>,
    ) -> Result<Response<RevokeOtherSessionsResponse>, Status> {
        other()
    }
}
