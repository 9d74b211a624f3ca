//! What stands in for identity: it publishes a key, keeps the grants that it is told of, and decides by them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use entente_access::{Decider, Person, keys};
use entente_contracts::identity::v1::decision_service_server::DecisionService;
use entente_contracts::identity::v1::session_service_server::SessionService;
use entente_contracts::identity::v1::*;
use tokio::sync::watch;
use tonic::{Request, Response, Status};

use crate::ask::within;

#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    key: keys::PublicKey,
    /// Why a person may do nothing.
    denied: Mutex<HashMap<String, &'static str>>,
    grants: Mutex<BTreeMap<String, Grant>>,
    /// How many grants it was told of, whether or not it took them.
    told: watch::Sender<usize>,
    takes: watch::Sender<Takes>,
}

/// What it does when it is told of a grant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    All,
    /// It is away.
    None,
    /// It doesn't answer before this changes.
    Later,
}

impl Identity {
    pub fn new(key: keys::PublicKey) -> Self {
        Self(Arc::new(Inner {
            key,
            denied: Mutex::default(),
            grants: Mutex::default(),
            told: watch::Sender::new(0),
            takes: watch::Sender::new(Takes::All),
        }))
    }

    /// From now on the person may do nothing, for this reason.
    pub fn deny(&self, person: &Person, reason: &'static str) {
        self.0
            .denied
            .lock()
            .unwrap()
            .insert(person.user.to_string(), reason);
    }

    pub fn takes(&self, takes: Takes) {
        self.0.takes.send_replace(takes);
    }

    /// Waits until it was told of so many grants, taken or not.
    pub async fn told(&self, times: usize) {
        within(self.0.told.subscribe().wait_for(|told| *told >= times))
            .await
            .unwrap();
    }

    pub fn times_told(&self) -> usize {
        *self.0.told.borrow()
    }

    /// The grants that it took, the latest version of each partnership.
    pub fn grants(&self) -> Vec<Grant> {
        self.0.grants.lock().unwrap().values().cloned().collect()
    }

    fn source(&self, subject: &Subject, asked: &Requirement) -> Result<String, &'static str> {
        if let Some(reason) = self.0.denied.lock().unwrap().get(&subject.user) {
            return Err(reason);
        }
        if subject.organization == asked.organization {
            return Ok("role:owner".to_owned());
        }
        let grants = self.grants();
        let between =
            |grant: &&Grant| grant.client == asked.organization && grant.partner == subject.organization;
        let grant = grants.iter().find(between).ok_or("NOT_FOUND")?;
        if grant.ended {
            return Err("MANDATE_ENDED");
        }
        if !grant.complete && !grant.products.contains(&asked.product) {
            return Err("OUTSIDE_MANDATE");
        }
        let permission = Permission {
            resource: asked.resource,
            action: asked.action,
        };
        if !grant.ceiling.contains(&permission) {
            return Err("PERMISSION_MISSING");
        }
        Ok(format!("mandate:{}", grant.partnership))
    }
}

impl Decider for Identity {
    async fn decide(&self, subject: &Subject, requirement: &Requirement) -> Result<Decision, Status> {
        let found = self.source(subject, requirement);
        Ok(Decision {
            allowed: found.is_ok(),
            reason: found.clone().err().unwrap_or_default().to_owned(),
            source: found.unwrap_or_default(),
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

    async fn put_grant(
        &self,
        request: Request<PutGrantRequest>,
    ) -> Result<Response<PutGrantResponse>, Status> {
        let grant = request.into_inner().grant.unwrap();
        self.0.told.send_modify(|told| *told += 1);
        let takes = *self
            .0
            .takes
            .subscribe()
            .wait_for(|takes| *takes != Takes::Later)
            .await
            .unwrap();
        if takes == Takes::None {
            return Err(Status::unavailable("it is away"));
        }
        let mut grants = self.0.grants.lock().unwrap();
        let known = grants.get(&grant.partnership).map_or(0, |known| known.version);
        if grant.version > known {
            grants.insert(grant.partnership.clone(), grant);
        }
        Ok(Response::new(PutGrantResponse { revision: 1 }))
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

    async fn put_gate(&self, _: Request<PutGateRequest>) -> Result<Response<PutGateResponse>, Status> {
        other()
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
