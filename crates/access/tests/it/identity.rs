//! What the other side of a call to identity does, served by the generated servers in process.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use entente_contracts::identity::v1::session_service_server::{SessionService, SessionServiceServer};
use entente_contracts::identity::v1::*;
use entente_runtime::client::Client;
use http::{Request, Response};
use tokio::sync::Semaphore;
use tonic::Status;
use tonic::body::Body;
use tower::{Service, ServiceExt};

/// A client that calls this server without a network.
pub fn client<S>(server: S) -> Client
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    Client::new(server.map_err(|never| match never {}))
}

/// An identity that publishes what it is told to, when it is let.
pub struct Publisher {
    keys: Mutex<Vec<JsonWebKey>>,
    away: AtomicBool,
    asked: AtomicUsize,
    gate: Semaphore,
}

impl Publisher {
    pub fn of(keys: Vec<JsonWebKey>) -> Arc<Self> {
        Arc::new(Self {
            keys: Mutex::new(keys),
            away: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    pub fn client(self: &Arc<Self>) -> Client {
        client(SessionServiceServer::from_arc(Arc::clone(self)))
    }

    pub fn publish(&self, keys: Vec<JsonWebKey>) {
        *self.keys.lock().unwrap() = keys;
    }

    pub fn go_away(&self) {
        self.away.store(true, Ordering::SeqCst);
    }

    pub fn come_back(&self) {
        self.away.store(false, Ordering::SeqCst);
    }

    /// Holds all answers back.
    pub fn hold(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// Lets one answer go.
    pub fn release(&self) {
        self.gate.add_permits(1);
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn other<T>() -> Result<tonic::Response<T>, Status> {
    Err(Status::unimplemented("not this one"))
}

#[tonic::async_trait]
impl SessionService for Publisher {
    async fn get_key_set(
        &self,
        _: tonic::Request<GetKeySetRequest>,
    ) -> Result<tonic::Response<GetKeySetResponse>, Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        if self.away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }
        Ok(tonic::Response::new(GetKeySetResponse {
            keys: self.keys.lock().unwrap().clone(),
        }))
    }

    async fn sign_in(
        &self,
        _: tonic::Request<SignInRequest>,
    ) -> Result<tonic::Response<SignInResponse>, Status> {
        other()
    }

    async fn complete_sign_in(
        &self,
        _: tonic::Request<CompleteSignInRequest>,
    ) -> Result<tonic::Response<CompleteSignInResponse>, Status> {
        other()
    }

    async fn refresh_session(
        &self,
        _: tonic::Request<RefreshSessionRequest>,
    ) -> Result<tonic::Response<RefreshSessionResponse>, Status> {
        other()
    }

    async fn switch_organization(
        &self,
        _: tonic::Request<SwitchOrganizationRequest>,
    ) -> Result<tonic::Response<SwitchOrganizationResponse>, Status> {
        other()
    }

    async fn reauthenticate(
        &self,
        _: tonic::Request<ReauthenticateRequest>,
    ) -> Result<tonic::Response<ReauthenticateResponse>, Status> {
        other()
    }

    async fn sign_out(
        &self,
        _: tonic::Request<SignOutRequest>,
    ) -> Result<tonic::Response<SignOutResponse>, Status> {
        other()
    }

    async fn get_current_session(
        &self,
        _: tonic::Request<GetCurrentSessionRequest>,
    ) -> Result<tonic::Response<GetCurrentSessionResponse>, Status> {
        other()
    }

    async fn list_sessions(
        &self,
        _: tonic::Request<ListSessionsRequest>,
    ) -> Result<tonic::Response<ListSessionsResponse>, Status> {
        other()
    }

    async fn revoke_session(
        &self,
        _: tonic::Request<RevokeSessionRequest>,
    ) -> Result<tonic::Response<RevokeSessionResponse>, Status> {
        other()
    }

    async fn revoke_other_sessions(
        &self,
        _: tonic::Request<RevokeOtherSessionsRequest>,
    ) -> Result<tonic::Response<RevokeOtherSessionsResponse>, Status> {
        other()
    }
}
