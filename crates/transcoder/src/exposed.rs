//! Which methods are served, and where their calls go.

use std::collections::HashMap;

use bytes::Bytes;
use http::{Request, Response};
use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor};
use tonic::Status;
use tonic::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceExt};

/// Where the calls of a gRPC service go.
pub type Upstream = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// Makes an [`Upstream`] of anything that answers gRPC requests: a `tonic::transport::Channel`, one with layers
/// around it, or a server in the same process.
pub fn upstream<S, B>(service: S) -> Upstream
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let boxed_body: fn(Response<B>) -> Response<Body> = |response| response.map(Body::new);
    let status: fn(S::Error) -> Status = |error| Status::from_error(error.into());
    BoxCloneSyncService::new(service.map_response(boxed_body).map_err(status))
}

/// The methods that are served, in the order of their services' full names and then as declared.
#[derive(Clone)]
pub struct Exposed {
    methods: Vec<(MethodDescriptor, Upstream)>,
}

impl std::fmt::Debug for Exposed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_list()
            .entries(self.methods().map(MethodDescriptor::full_name))
            .finish()
    }
}

impl Exposed {
    /// Takes from the pool every method for which `expose` is true, of every service for which there is an upstream.
    pub fn new(
        pool: &DescriptorPool,
        upstream: impl Fn(&ServiceDescriptor) -> Option<Upstream>,
        expose: impl Fn(&MethodDescriptor) -> bool,
    ) -> Self {
        let mut services: Vec<_> = pool.services().collect();
        services.sort_by(|one, other| one.full_name().cmp(other.full_name()));
        let mut methods = Vec::new();
        for service in services {
            let Some(upstream) = upstream(&service) else {
                continue;
            };
            methods.extend(
                service
                    .methods()
                    .filter(&expose)
                    .map(|method| (method, upstream.clone())),
            );
        }
        Self { methods }
    }

    /// The methods.
    pub fn methods(&self) -> impl Iterator<Item = &MethodDescriptor> {
        self.methods.iter().map(|(method, _)| method)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&MethodDescriptor, &Upstream)> {
        self.methods.iter().map(|(method, upstream)| (method, upstream))
    }

    /// The upstreams by the path of a gRPC call.
    pub(crate) fn by_grpc_path(&self) -> HashMap<String, Upstream> {
        self.iter()
            .map(|(method, upstream)| (grpc_path(method), upstream.clone()))
            .collect()
    }
}

/// `/package.Service/Method`.
pub(crate) fn grpc_path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}
