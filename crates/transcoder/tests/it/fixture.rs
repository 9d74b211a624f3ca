//! A gRPC service that is known by its descriptors alone, and a front for it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use entente_transcoder::{DynamicCodec, Exposed, Front, GrpcProxy, Rest, RestOptions, Upstream, upstream};
use http::{HeaderMap, Request, Response};
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt};
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};
use tower::service_fn;

/// A call as the service saw it.
#[derive(Clone)]
pub struct Call {
    pub method: MethodDescriptor,
    pub message: DynamicMessage,
    pub metadata: HeaderMap,
}

type Reply = Arc<dyn Fn(&Call) -> Result<DynamicMessage, Status> + Send + Sync>;

/// A service behind a front, both on ports of their own.
pub struct Served {
    pub base: String,
    calls: Arc<Mutex<Vec<Call>>>,
    pub client: reqwest::Client,
}

/// The library's contract, compiled once: property tests ask for it often.
pub fn library() -> DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| pool("library/v1/library.proto"));
    POOL.clone()
}

pub fn pool(file: &str) -> DescriptorPool {
    compile(file).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn compile(file: &str) -> Result<DescriptorPool, protox::Error> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut compiler = protox::Compiler::new([root.join("tests/proto"), root.join("../../proto")])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_file(Path::new(file))?;
    Ok(DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap())
}

/// A pool of one file that isn't on disk.
pub fn pool_of(source: &str) -> DescriptorPool {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("proto-{:x}", fingerprint(source)));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("made.proto"), source).unwrap();
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let mut compiler = protox::Compiler::new([folder, shared]).unwrap();
    compiler.include_imports(true).open_file("made.proto").unwrap();
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
}

fn fingerprint(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Everything of the library but the method that is kept back.
pub fn exposed(pool: &DescriptorPool, upstream: &Upstream) -> Exposed {
    Exposed::new(
        pool,
        |_| Some(upstream.clone()),
        |method| method.name() != "Hidden",
    )
}

/// Answers every call with the empty response of its method.
pub fn empty(call: &Call) -> Result<DynamicMessage, Status> {
    Ok(DynamicMessage::new(call.method.output()))
}

/// Answers every call with its own request, which must be of the response's type.
pub fn echo(call: &Call) -> Result<DynamicMessage, Status> {
    Ok(call.message.clone())
}

impl Served {
    pub async fn start(
        reply: impl Fn(&Call) -> Result<DynamicMessage, Status> + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(RestOptions::default(), reply).await
    }

    pub async fn start_with(
        options: RestOptions,
        reply: impl Fn(&Call) -> Result<DynamicMessage, Status> + Send + Sync + 'static,
    ) -> Self {
        let pool = library();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let service = dynamic_service(pool.clone(), Arc::clone(&calls), Arc::new(reply));
        let address = listen(service).await;
        let channel = Endpoint::from_shared(format!("http://{address}"))
            .unwrap()
            .connect_lazy();
        Self::front(options, &pool, upstream(channel), calls).await
    }

    /// A front whose calls all go to this upstream.
    pub async fn over(options: RestOptions, upstream: Upstream) -> Self {
        Self::front(options, &library(), upstream, Arc::default()).await
    }

    async fn front(
        options: RestOptions,
        pool: &DescriptorPool,
        upstream: Upstream,
        calls: Arc<Mutex<Vec<Call>>>,
    ) -> Self {
        let exposed = exposed(pool, &upstream);
        let front = Front::new(Rest::new(&exposed, options).unwrap(), GrpcProxy::new(&exposed));
        let address = listen(Router::new().fallback_service(front)).await;
        Self {
            base: format!("http://{address}"),
            calls,
            client: reqwest::Client::new(),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    pub async fn send(&self, method: &str, path: &str, body: impl Into<reqwest::Body>) -> reqwest::Response {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self
            .client
            .request(method, self.url(path))
            .header("content-type", "application/json");
        request.body(body).send().await.unwrap()
    }

    /// A gRPC channel to the front.
    pub fn channel(&self) -> Channel {
        Endpoint::from_shared(self.base.clone()).unwrap().connect_lazy()
    }

    pub fn last_call(&self) -> Call {
        self.calls
            .lock()
            .unwrap()
            .last()
            .expect("no call came through")
            .clone()
    }

    pub fn has_calls(&self) -> bool {
        !self.calls.lock().unwrap().is_empty()
    }

    /// The last request, in JSON, without what is unset.
    pub fn last_request(&self) -> Value {
        serde_json::to_value(&self.last_call().message).unwrap()
    }
}

/// Serves a router on a free port, HTTP/1 and HTTP/2.
pub async fn listen(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// A port where nobody listens.
pub async fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
}

/// What `future` gives, unless it takes longer than any test should.
pub async fn within_reason<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("it took too long")
}

fn dynamic_service(pool: DescriptorPool, calls: Arc<Mutex<Vec<Call>>>, reply: Reply) -> Router {
    Router::new().fallback_service(service_fn(move |request: Request<Body>| {
        let (pool, calls, reply) = (pool.clone(), Arc::clone(&calls), Arc::clone(&reply));
        async move { Ok::<_, Infallible>(serve(request, &pool, calls, reply).await.map(Body::new)) }
    }))
}

async fn serve(
    request: Request<Body>,
    pool: &DescriptorPool,
    calls: Arc<Mutex<Vec<Call>>>,
    reply: Reply,
) -> Response<tonic::body::Body> {
    let Some(method) = method_at(pool, request.uri().path()) else {
        return Status::unimplemented("no such method").into_http();
    };
    let mut server = tonic::server::Grpc::new(DynamicCodec::new(method.input()));
    let answer = move |metadata: HeaderMap, message: DynamicMessage| {
        let call = Call {
            method: method.clone(),
            message,
            metadata,
        };
        calls.lock().unwrap().push(call.clone());
        (call.method.clone(), reply(&call))
    };
    match streaming(pool, request.uri().path()) {
        (false, false) => {
            let unary = service_fn(move |request: tonic::Request<DynamicMessage>| {
                let (metadata, _, message) = request.into_parts();
                let (_, reply) = answer(metadata.into_headers(), message);
                async move { answered(reply) }
            });
            server.unary(unary, request).await
        }
        (false, true) => {
            let thrice = service_fn(move |request: tonic::Request<DynamicMessage>| {
                let (metadata, _, message) = request.into_parts();
                let (_, reply) = answer(metadata.into_headers(), message);
                let replies =
                    reply.map(|reply| tokio_stream::iter([Ok(reply.clone()), Ok(reply.clone()), Ok(reply)]));
                async move { replies.map(tonic::Response::new) }
            });
            server.server_streaming(thrice, request).await
        }
        (true, _) => {
            let talk = service_fn(move |request: tonic::Request<Streaming<DynamicMessage>>| {
                let answer = answer.clone();
                let headers = request.metadata().clone().into_headers();
                let replies = request
                    .into_inner()
                    .map(move |message| answer(headers.clone(), message?).1);
                let replies: Pin<Box<dyn Stream<Item = Result<DynamicMessage, Status>> + Send>> =
                    Box::pin(replies);
                async move { Ok(tonic::Response::new(replies)) }
            });
            server.streaming(talk, request).await
        }
    }
}

fn answered(reply: Result<DynamicMessage, Status>) -> Result<tonic::Response<DynamicMessage>, Status> {
    let mut response = tonic::Response::new(reply?);
    response
        .metadata_mut()
        .insert("x-served-by", "library".parse().unwrap());
    response
        .metadata_mut()
        .insert("x-secret", "inside".parse().unwrap());
    Ok(response)
}

fn method_at(pool: &DescriptorPool, path: &str) -> Option<MethodDescriptor> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    pool.get_service_by_name(service)?
        .methods()
        .find(|known| known.name() == method)
}

fn streaming(pool: &DescriptorPool, path: &str) -> (bool, bool) {
    let method = method_at(pool, path).unwrap();
    (method.is_client_streaming(), method.is_server_streaming())
}
