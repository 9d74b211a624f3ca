//! Calls to other services: one stack that carries trace, request id, deadline and token along.

mod caller;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures::future::BoxFuture;
use http::{HeaderValue, Request, Response};
use tonic::Status;
use tonic::body::Body;
use tonic::transport::Endpoint;
use tower::util::BoxCloneSyncService;

use crate::call::Called;
use caller::{Caller, Target};

/// What a generated client is made with: `PartnersClient::new(client)`. Cheap to clone; calls share a connection.
pub type Client = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// Gives the `authorization` header of each call: `Bearer …`.
pub type Token = Arc<dyn Fn() -> BoxFuture<'static, Result<HeaderValue, Status>> + Send + Sync>;

/// How a client behaves.
#[derive(Clone)]
pub struct Options {
    /// How long making the connection may take.
    pub connect_timeout: Duration,
    /// The limit of a call that has no deadline yet, neither its own nor that of the request it is made for.
    /// None for streams that stay open.
    pub timeout: Option<Duration>,
    /// Where its token comes from; none for calls that need none, or that bring their own header.
    pub token: Option<Token>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(2),
            timeout: Some(Duration::from_secs(10)),
            token: None,
        }
    }
}

impl Options {
    /// The same with a token for each call.
    #[must_use]
    pub fn with_token<F, R>(mut self, provide: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<HeaderValue, Status>> + Send + 'static,
    {
        self.token = Some(Arc::new(move || Box::pin(provide())));
        self
    }

    /// The same without a limit of its own, for streams that stay open.
    #[must_use]
    pub fn without_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }
}

/// A client of the service at `endpoint`, such as `http://127.0.0.1:7101`. It connects when it is first called, and
/// again when the connection is lost; a call that finds none is UNAVAILABLE. Nothing is called twice by itself.
///
/// # Errors
/// When the endpoint is no URL. Call it inside of a Tokio runtime.
pub fn channel(endpoint: &str, options: Options) -> anyhow::Result<Client> {
    let wrong =
        || format!("{endpoint:?} is no address of a service: give a URL such as http://127.0.0.1:7101");
    let target = Endpoint::from_shared(endpoint.to_owned()).with_context(wrong)?;
    let host = target.uri().host().with_context(wrong)?.to_owned();
    let port = target.uri().port_u16().unwrap_or(80);
    let channel = target
        .connect_timeout(options.connect_timeout)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .connect_lazy();

    let target = Target {
        host,
        port,
        timeout: options.timeout,
        token: options.token,
        called: Called::new(),
    };
    Ok(Client::new(Caller::new(channel, target)))
}
