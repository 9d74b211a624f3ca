//! The connections of one listener: HTTP/1 and HTTP/2 on the same port, drained within a limit.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tonic::body::Body;
use tonic::transport::server::TcpConnectInfo;

use super::limits::Limits;
use super::stack::Stack;

/// A peer that doesn't answer a ping for this long is gone.
const KEEPALIVE: Duration = Duration::from_secs(20);

/// How long a client may take to send the headers of an HTTP/1 request.
const HEADERS: Duration = Duration::from_secs(10);

/// hyper takes no smaller buffer for the headers of HTTP/1.
const LEAST_HEADERS: usize = 8192;

pub(super) struct Connections {
    stack: Arc<Stack>,
    builder: Builder<TokioExecutor>,
    graceful: GracefulShutdown,
    open: JoinSet<()>,
}

impl Connections {
    pub(super) fn new(stack: Arc<Stack>, limits: &Limits) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_buf_size(
                usize::try_from(limits.max_header_bytes)
                    .unwrap_or(usize::MAX)
                    .max(LEAST_HEADERS),
            );
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE)
            .max_concurrent_streams(limits.max_streams)
            .max_header_list_size(limits.max_header_bytes);
        Self {
            stack,
            builder,
            graceful: GracefulShutdown::new(),
            open: JoinSet::new(),
        }
    }

    /// Takes the next connection. Cancelling it loses none.
    pub(super) async fn accept(&mut self, listener: &TcpListener) {
        match listener.accept().await {
            Ok((stream, peer)) => self.open(stream, peer),
            Err(error) => {
                // Out of file handles, or the peer gave up. Waiting lets others close.
                tracing::warn!(%error, "a connection was not accepted: raise the limit of open files if it lasts");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        while self.open.try_join_next().is_some() {}
    }

    fn open(&mut self, stream: TcpStream, peer: SocketAddr) {
        // Without it small answers wait for the client's acknowledgement.
        let _ = stream.set_nodelay(true);
        let info = TcpConnectInfo {
            local_addr: stream.local_addr().ok(),
            remote_addr: Some(peer),
        };
        let stack = Arc::clone(&self.stack);
        let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(info.clone());
            let answer = Arc::clone(&stack).answer(request);
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let connection = self
            .builder
            .serve_connection(TokioIo::new(stream), service)
            .into_owned();
        let connection = self.graceful.watch(connection);
        self.open.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended badly");
            }
        });
    }

    /// Lets the calls in flight finish, and cuts those that don't within the limit.
    pub(super) async fn drain(mut self, limit: Duration) {
        if tokio::time::timeout(limit, self.graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!(
                connections = self.open.len(),
                "calls still ran at the drain limit and were cut"
            );
        }
        self.open.shutdown().await;
    }
}
