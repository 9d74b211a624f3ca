//! A server on port 0 whose one method is a closure. The generated service of the OTLP collector lends its form.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use entente_runtime::random::SystemRandom;
use entente_runtime::server::{self, Admin, GrpcServices, Host, Limits, Parts};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use prost_types::{
    DescriptorProto, FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tower::layer::util::Identity;

pub const SERVICE: &str = "opentelemetry.proto.collector.trace.v1.TraceService";
pub const METHOD: &str = "opentelemetry.proto.collector.trace.v1.TraceService/Export";

type Answer = Pin<Box<dyn Future<Output = Result<String, Status>> + Send>>;
type Handler = Arc<dyn Fn(Request<ExportTraceServiceRequest>) -> Answer + Send + Sync>;

pub struct Hand(Handler);

#[tonic::async_trait]
impl TraceService for Hand {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let error_message = (self.0)(request).await?;
        let partial_success = Some(ExportTracePartialSuccess {
            rejected_spans: 0,
            error_message,
        });
        Ok(Response::new(ExportTraceServiceResponse { partial_success }))
    }
}

/// The parts of a service that answers by `handler`.
pub fn answering<F, R>(handler: F) -> Parts
where
    F: Fn(Request<ExportTraceServiceRequest>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<String, Status>> + Send + 'static,
{
    Parts::grpc("test", services(handler), descriptors(), Identity::new())
}

/// The same before it is wired.
pub fn services<F, R>(handler: F) -> GrpcServices
where
    F: Fn(Request<ExportTraceServiceRequest>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<String, Status>> + Send + 'static,
{
    let hand = Hand(Arc::new(move |request| Box::pin(handler(request))));
    GrpcServices::new().with(TraceServiceServer::new(hand))
}

pub fn descriptors() -> &'static [u8] {
    let message = |name: &str| DescriptorProto {
        name: Some(name.to_owned()),
        ..Default::default()
    };
    let package = "opentelemetry.proto.collector.trace.v1";
    let service = |name: &str| ServiceDescriptorProto {
        name: Some(name.to_owned()),
        method: vec![MethodDescriptorProto {
            name: Some("Export".to_owned()),
            input_type: Some(format!(".{package}.ExportTraceServiceRequest")),
            output_type: Some(format!(".{package}.ExportTraceServiceResponse")),
            ..Default::default()
        }],
        ..Default::default()
    };
    let file = FileDescriptorProto {
        name: Some("trace_service.proto".to_owned()),
        package: Some(package.to_owned()),
        message_type: vec![
            message("ExportTraceServiceRequest"),
            message("ExportTraceServiceResponse"),
        ],
        service: vec![service("TraceService"), service("NotServed")],
        syntax: Some("proto3".to_owned()),
        ..Default::default()
    };
    FileDescriptorSet { file: vec![file] }.encode_to_vec().leak()
}

pub struct Server {
    pub address: SocketAddr,
    pub admin: Admin,
    pub drain: CancellationToken,
    pub done: JoinHandle<anyhow::Result<()>>,
}

pub async fn start(parts: Parts) -> Server {
    start_with(parts, Limits::default()).await
}

pub async fn start_with(parts: Parts, limits: Limits) -> Server {
    serve_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), parts, limits)
}

pub fn start_on(listener: TcpListener, parts: Parts) -> Server {
    serve_on(listener, parts, Limits::default())
}

fn serve_on(listener: TcpListener, parts: Parts, limits: Limits) -> Server {
    let address = listener.local_addr().unwrap();
    let (admin, drain) = (Admin::new(), CancellationToken::new());
    let host = Host {
        limits,
        random: SystemRandom::shared(),
        admin: admin.clone(),
    };
    let token = drain.clone();
    let done = tokio::spawn(async move { server::serve(listener, parts, &host, token).await });
    Server {
        address,
        admin,
        drain,
        done,
    }
}

impl Server {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A connection of plain tonic, so that the server is tested alone.
    pub async fn channel(&self) -> tonic::transport::Channel {
        tonic::transport::Endpoint::from_shared(self.url())
            .unwrap()
            .connect()
            .await
            .unwrap()
    }

    pub async fn call(&self) -> Result<String, Status> {
        call(TraceServiceClient::new(self.channel().await)).await
    }

    pub async fn drained(self) -> anyhow::Result<()> {
        self.drain.cancel();
        within(self.done).await.unwrap()
    }
}

pub async fn call<C>(mut client: TraceServiceClient<C>) -> Result<String, Status>
where
    C: tonic::client::GrpcService<tonic::body::Body>,
    C::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    C::ResponseBody: http_body::Body<Data = Bytes> + Send + 'static,
    <C::ResponseBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    let response = client
        .export(ExportTraceServiceRequest::default())
        .await?
        .into_inner();
    Ok(response.partial_success.unwrap_or_default().error_message)
}

/// What takes longer than this never ends.
pub async fn within<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .expect("it did not end in time")
}

/// Waits until `condition` holds.
pub async fn eventually(mut condition: impl AsyncFnMut() -> bool) {
    within(async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// A plain HTTP request: its status and its body.
pub async fn get(url: String) -> (u16, String) {
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = within(client.get(url.parse().unwrap())).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}
