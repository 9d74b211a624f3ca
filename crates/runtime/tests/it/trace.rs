//! Telemetry of the whole process, so the one place of the tests that sets it up.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::Extension;
use entente_runtime::MatchedRoute;
use entente_runtime::client::{Options, channel};
use entente_runtime::server::Parts;
use entente_runtime::status::Failure;
use entente_runtime::telemetry::{self, LogFormat, Telemetry, names};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};
use tracing::Instrument;

use crate::support::{METHOD, answering, call, eventually, get, start};

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes = request
            .into_inner()
            .resource_spans
            .into_iter()
            .flat_map(|resource| resource.scope_spans);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(scopes.flat_map(|scope| scope.spans));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// An OTLP collector in this process; gives its address.
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let serving = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(self.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        endpoint
    }

    /// All spans of a trace that ended until now.
    async fn trace(&self, id: &str) -> Vec<Span> {
        tokio::task::spawn_blocking(|| process().telemetry.flush())
            .await
            .unwrap();
        let spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spans
            .iter()
            .filter(|span| hex(&span.trace_id) == id)
            .cloned()
            .collect()
    }
}

/// The telemetry of this process. Its runtime outlives those of the tests.
struct Process {
    _runtime: Runtime,
    collector: Collector,
    telemetry: Telemetry,
}

fn options(otlp_endpoint: Option<String>) -> telemetry::Options {
    telemetry::Options {
        log: "error".to_owned(),
        log_format: LogFormat::Json,
        otlp_endpoint,
    }
}

fn process() -> &'static Process {
    static PROCESS: OnceLock<Process> = OnceLock::new();
    PROCESS.get_or_init(|| {
        // A thread of its own, as a runtime can't be driven from inside of another.
        std::thread::spawn(|| {
            let runtime = Runtime::new().unwrap();
            let collector = Collector::default();
            let telemetry = runtime.block_on(async {
                let endpoint = collector.start().await;
                telemetry::init(&options(Some(endpoint)), "entente-test", "1.2.3").unwrap()
            });
            Process {
                _runtime: runtime,
                collector,
                telemetry,
            }
        })
        .join()
        .unwrap()
    })
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The trace and the span of a `traceparent`.
fn ids(traceparent: &str) -> (String, String) {
    let mut parts = traceparent.split('-').skip(1);
    (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned())
}

fn attribute<'a>(span: &'a Span, key: &str) -> Option<&'a Value> {
    span.attributes
        .iter()
        .find(|attribute| attribute.key == key)?
        .value
        .as_ref()?
        .value
        .as_ref()
}

#[tokio::test]
async fn one_request_over_two_services_is_one_trace() {
    let process = process();
    let inner = start(answering(|_| async { Ok(telemetry::traceparent().unwrap()) })).await;
    let next = TraceServiceClient::new(channel(&inner.url(), Options::default()).unwrap());
    let outer = start(answering(move |_| call(next.clone()))).await;
    let edge = TraceServiceClient::new(channel(&outer.url(), Options::default()).unwrap());
    let root = tracing::info_span!(target: "entente_test", "root");

    let traceparent = call(edge).instrument(root).await.unwrap();

    let (trace, innermost) = ids(&traceparent);
    let mut spans = Vec::new();
    eventually(async || {
        spans = process.collector.trace(&trace).await;
        spans.len() == 5
    })
    .await;
    // From the innermost outwards, each is the child of the next.
    let mut chain = Vec::new();
    let mut id = innermost;
    while let Some(span) = spans.iter().find(|span| hex(&span.span_id) == id) {
        chain.push((span.name.as_str(), span.kind()));
        id = hex(&span.parent_span_id);
    }
    assert_eq!(
        chain,
        [
            (METHOD, SpanKind::Server),
            (METHOD, SpanKind::Client),
            (METHOD, SpanKind::Server),
            (METHOD, SpanKind::Client),
            ("root", SpanKind::Internal),
        ]
    );
}

#[tokio::test]
async fn a_failed_call_is_a_failed_span_with_its_code() {
    let process = process();
    let server = start(answering(|_| async {
        let traceparent = telemetry::traceparent().unwrap();
        Err(Failure::new(Code::DataLoss, "LOST", traceparent).into())
    }))
    .await;

    let traceparent = server.call().await.unwrap_err().message().to_owned();

    let (trace, id) = ids(&traceparent);
    let mut spans = Vec::new();
    eventually(async || {
        spans = process.collector.trace(&trace).await;
        spans.iter().any(|span| hex(&span.span_id) == id)
    })
    .await;
    let span = &spans[0];
    assert_eq!(
        attribute(span, names::RPC_RESPONSE_STATUS_CODE),
        Some(&Value::StringValue("DATA_LOSS".to_owned()))
    );
    assert_eq!(
        attribute(span, names::SERVICE),
        Some(&Value::StringValue("test".to_owned()))
    );
    assert_eq!(span.status.as_ref().unwrap().code(), StatusCode::Error);
}

#[tokio::test]
async fn a_route_of_the_edge_names_its_span() {
    let process = process();
    let router = axum::Router::new().route(
        "/v1/partners/{id}",
        axum::routing::get(|| async {
            (
                Extension(MatchedRoute("/v1/partners/{id}".into())),
                telemetry::traceparent().unwrap(),
            )
        }),
    );
    let server = start(Parts::http("edge", router, Status::into_http)).await;

    let (_, traceparent) = get(format!("{}/v1/partners/prt_1", server.url())).await;

    let (trace, _) = ids(&traceparent);
    let mut spans = Vec::new();
    eventually(async || {
        spans = process.collector.trace(&trace).await;
        !spans.is_empty()
    })
    .await;
    assert_eq!(spans[0].name, "GET /v1/partners/{id}");
    assert_eq!(
        attribute(&spans[0], names::HTTP_RESPONSE_STATUS_CODE),
        Some(&Value::IntValue(200))
    );
}

#[tokio::test]
async fn a_path_with_a_secret_is_shown_as_the_service_says() {
    let process = process();
    let router = axum::Router::new().fallback(|| async { telemetry::traceparent().unwrap() });
    let parts = Parts::http("edge", router, Status::into_http).showing_paths(|_| "/join/{token}".into());
    let server = start(parts).await;

    let (_, traceparent) = get(format!("{}/join/s3cret", server.url())).await;

    let (trace, _) = ids(&traceparent);
    let mut spans = Vec::new();
    eventually(async || {
        spans = process.collector.trace(&trace).await;
        !spans.is_empty()
    })
    .await;
    assert_eq!(
        attribute(&spans[0], names::URL_PATH),
        Some(&Value::StringValue("/join/{token}".to_owned()))
    );
    assert!(!format!("{spans:?}").contains("s3cret"));
}

#[tokio::test]
async fn calls_are_counted_by_method_and_code() {
    let process = process();
    let server = start(answering(|_| async { Ok(String::new()) })).await;
    let client = TraceServiceClient::new(channel(&server.url(), Options::default()).unwrap());

    call(client).await.unwrap();

    for side in ["server", "client"] {
        let counted = format!(
            "rpc_{side}_call_duration_seconds_count{{rpc_method=\"{METHOD}\",rpc_response_status_code=\"OK\"}}"
        );
        eventually(async || process.telemetry.metrics().render().contains(&counted)).await;
    }
    assert!(
        process
            .telemetry
            .metrics()
            .render()
            .contains("rpc_server_active_requests")
    );
}

#[tokio::test]
async fn telemetry_starts_once_in_a_process() {
    process();

    let error = telemetry::init(&options(None), "entente-test", "1.2.3").unwrap_err();

    assert!(error.to_string().contains("start it once"), "{error}");
}

#[tokio::test]
async fn nobody_listens_to_the_details_of_libraries() {
    process();

    let heard = tracing::event_enabled!(target: "h2", tracing::Level::TRACE)
        || tracing::span_enabled!(target: "h2", tracing::Level::DEBUG);

    assert!(!heard);
}

#[tokio::test]
async fn a_filter_that_is_none_is_refused() {
    let wrong = telemetry::Options {
        log: "entente=loud".to_owned(),
        ..options(None)
    };

    let error = telemetry::init(&wrong, "entente-test", "1.2.3").unwrap_err();

    assert!(error.to_string().contains("entente=loud"), "{error}");
}
