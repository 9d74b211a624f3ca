//! What stands in for identity where another service is tested: it publishes a key, and decides as the suite has it.

mod table;

use std::future::ready;
use std::ops::Deref;
use std::sync::Arc;

use entente_access::Decider;
use entente_access::keys::{PublicKey, to_json_web_key};
use entente_contracts::identity::v1::decision_service_server::DecisionService;
use entente_contracts::identity::v1::session_service_server::SessionService;
use entente_contracts::identity::v1::*;
use tonic::{Request, Response, Status};

use crate::unimplemented_methods;

pub use table::Table;

/// What a suite decides by.
pub trait Decides: Send + Sync + 'static {
    /// Where the right to do something comes from; an empty source is one that no test looks at.
    ///
    /// # Errors
    /// The reason why there is no such right.
    fn source(&self, subject: &Subject, asked: &Requirement) -> Result<String, &'static str>;

    /// Takes what a mandate grants.
    ///
    /// # Errors
    /// What identity answers instead; unless a suite says otherwise it takes none.
    fn take_grant(&self, _: PutGrantRequest) -> impl Future<Output = Result<(), Status>> + Send {
        ready(Err(not_this_one()))
    }

    /// Takes whether a gate is open.
    ///
    /// # Errors
    /// What identity answers instead; unless a suite says otherwise it takes none.
    fn take_gate(&self, _: PutGateRequest) -> impl Future<Output = Result<(), Status>> + Send {
        ready(Err(not_this_one()))
    }
}

fn not_this_one() -> Status {
    Status::unimplemented("not this one")
}

/// The stand-in. What it decides by is reached through it, and shared by its clones, so that a test changes it while it
/// is served.
pub struct Identity<D>(Arc<Inner<D>>);

struct Inner<D> {
    key: PublicKey,
    decides: D,
}

impl<D: Decides> Identity<D> {
    /// One whose people have tokens that verify with `key`.
    pub fn new(key: PublicKey, decides: D) -> Self {
        Self(Arc::new(Inner { key, decides }))
    }
}

impl<D> Clone for Identity<D> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<D> Deref for Identity<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.0.decides
    }
}

impl<D: Decides> Decider for Identity<D> {
    async fn decide(&self, subject: &Subject, requirement: &Requirement) -> Result<Decision, Status> {
        let found = self.source(subject, requirement);
        Ok(Decision {
            allowed: found.is_ok(),
            reason: found.as_ref().err().copied().unwrap_or_default().to_owned(),
            source: found.unwrap_or_default(),
            revision: 1,
            ..Decision::default()
        })
    }
}

#[tonic::async_trait]
impl<D: Decides> DecisionService for Identity<D> {
    type WatchAccessStream = tokio_stream::Pending<Result<WatchAccessResponse, Status>>;

    async fn check(&self, request: Request<CheckRequest>) -> Result<Response<CheckResponse>, Status> {
        let request = request.into_inner();
        let (Some(subject), Some(requirement)) = (request.subject, request.requirement) else {
            return Err(Status::invalid_argument("give a subject and a requirement"));
        };
        let decision = self.decide(&subject, &requirement).await?;
        Ok(Response::new(CheckResponse {
            decision: Some(decision),
        }))
    }

    async fn put_grant(
        &self,
        request: Request<PutGrantRequest>,
    ) -> Result<Response<PutGrantResponse>, Status> {
        self.take_grant(request.into_inner()).await?;
        Ok(Response::new(PutGrantResponse { revision: 1 }))
    }

    async fn put_gate(&self, request: Request<PutGateRequest>) -> Result<Response<PutGateResponse>, Status> {
        self.take_gate(request.into_inner()).await?;
        Ok(Response::new(PutGateResponse { revision: 1 }))
    }

    unimplemented_methods! {
        batch_check(BatchCheckRequest) -> BatchCheckResponse;
        list_permissions(ListPermissionsRequest) -> ListPermissionsResponse;
        list_members_with(ListMembersWithRequest) -> ListMembersWithResponse;
        explain(ExplainRequest) -> ExplainResponse;
        watch_access(WatchAccessRequest) -> Self::WatchAccessStream;
    }
}

#[tonic::async_trait]
impl<D: Decides> SessionService for Identity<D> {
    async fn get_key_set(&self, _: Request<GetKeySetRequest>) -> Result<Response<GetKeySetResponse>, Status> {
        Ok(Response::new(GetKeySetResponse {
            keys: vec![to_json_web_key(&self.0.key)],
        }))
    }

    unimplemented_methods! {
        sign_in(SignInRequest) -> SignInResponse;
        complete_sign_in(CompleteSignInRequest) -> CompleteSignInResponse;
        refresh_session(RefreshSessionRequest) -> RefreshSessionResponse;
        switch_organization(SwitchOrganizationRequest) -> SwitchOrganizationResponse;
        reauthenticate(ReauthenticateRequest) -> ReauthenticateResponse;
        sign_out(SignOutRequest) -> SignOutResponse;
        get_current_session(GetCurrentSessionRequest) -> GetCurrentSessionResponse;
        list_sessions(ListSessionsRequest) -> ListSessionsResponse;
        revoke_session(RevokeSessionRequest) -> RevokeSessionResponse;
        revoke_other_sessions(RevokeOtherSessionsRequest) -> RevokeOtherSessionsResponse;
    }
}
