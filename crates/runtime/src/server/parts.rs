//! What a service hands to the boot.

use std::borrow::Cow;
use std::convert::Infallible;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service};

use super::readiness::Readiness;

/// A service that answers every request, by a status where it fails.
pub(super) type Answering = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// How a request that is not gRPC is told about a failure of a layer.
pub type Refusal = fn(Status) -> Response<Body>;

/// What logs and traces tell of a path.
pub(super) type Shown = fn(&str) -> Cow<'_, str>;

pub(super) type Run = Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, anyhow::Result<()>> + Send>;

/// The gRPC services of one server, and their names for health and reflection.
#[derive(Debug, Clone, Default)]
pub struct GrpcServices {
    routes: Routes,
    names: Vec<String>,
}

impl GrpcServices {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a generated server, such as `PartnersServer::new(…)`. Set its message size limits before.
    #[must_use]
    pub fn with<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.routes = self.routes.add_service(service);
        self.names.push(S::NAME.to_owned());
        self
    }
}

/// A service, wired: what it serves, what runs beside it, and what it needs.
pub struct Parts {
    pub(super) name: &'static str,
    pub(super) service: Answering,
    pub(super) refusal: Refusal,
    pub(super) shown: Shown,
    pub(super) descriptors: Option<(&'static [u8], Vec<String>)>,
    pub(super) tasks: Vec<(&'static str, Run)>,
    pub(super) readiness: Vec<Arc<dyn Readiness>>,
}

impl Parts {
    /// A gRPC service with health and reflection. `authentication` wraps its own services but not those two; a
    /// server without one takes [`tower::layer::util::Identity`].
    pub fn grpc<A>(
        name: &'static str,
        services: GrpcServices,
        descriptor_set: &'static [u8],
        authentication: A,
    ) -> Self
    where
        A: Layer<Routes>,
        A::Service: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let service = Answering::new(authentication.layer(services.routes.prepare()));
        let descriptors = Some((descriptor_set, services.names));
        Self {
            name,
            service,
            refusal: Status::into_http,
            shown: |path| Cow::Borrowed(path),
            descriptors,
            tasks: Vec::new(),
            readiness: Vec::new(),
        }
    }

    /// A service that speaks HTTP, and gRPC where its router does.
    pub fn http(name: &'static str, router: axum::Router, refusal: Refusal) -> Self {
        let service = Answering::new(Routes::from(router).prepare());
        Self {
            name,
            service,
            refusal,
            shown: |path| Cow::Borrowed(path),
            descriptors: None,
            tasks: Vec::new(),
            readiness: Vec::new(),
        }
    }

    /// Adds health and reflection for gRPC services that the router of [`Parts::http`] passes on.
    #[must_use]
    pub fn describing(
        mut self,
        descriptor_set: &'static [u8],
        services: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.descriptors = Some((descriptor_set, services.into_iter().map(Into::into).collect()));
        self
    }

    /// Sets what logs and traces tell of a path. For a server of which some paths hold a secret, such as a mailed link.
    #[must_use]
    pub fn showing_paths(mut self, shown: fn(&str) -> Cow<'_, str>) -> Self {
        self.shown = shown;
        self
    }

    /// Adds what runs beside the server: a consumer, a relay, a sweeper. It ends soon after its token is
    /// cancelled, which happens when the last call is done. One that fails ends the whole service.
    #[must_use]
    pub fn task<F, R>(mut self, name: &'static str, run: F) -> Self
    where
        F: FnOnce(CancellationToken) -> R + Send + 'static,
        R: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.tasks.push((name, Box::new(move |stop| Box::pin(run(stop)))));
        self
    }

    /// Adds something without which it is not ready.
    #[must_use]
    pub fn needs(mut self, readiness: Arc<dyn Readiness>) -> Self {
        self.readiness.push(readiness);
        self
    }

    /// Its name, as its folder, schema and Kubernetes object are called.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
