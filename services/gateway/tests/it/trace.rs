//! One request is one trace, named by its route.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use entente_contracts::identity::v1::{
    GetMemberRequest, GetMemberResponse, LookUpMemberInvitationRequest, LookUpMemberInvitationResponse,
};
use entente_runtime::telemetry::{self, LogFormat, Telemetry, names};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use crate::support::{Platform, eventually};

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
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spans.extend(scopes.flat_map(|scope| scope.spans));
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
}

/// The telemetry of this process. Its runtime outlives those of the tests.
struct Process {
    _runtime: Runtime,
    collector: Collector,
    telemetry: Telemetry,
}

fn process() -> &'static Process {
    static PROCESS: OnceLock<Process> = OnceLock::new();
    PROCESS.get_or_init(|| {
        // A thread of its own, as a runtime can't be driven from inside of another.
        let started = std::thread::spawn(|| {
            let runtime = Runtime::new().unwrap();
            let collector = Collector::default();
            let telemetry = runtime.block_on(async {
                let options = telemetry::Options {
                    log: "error".to_owned(),
                    log_format: LogFormat::Json,
                    otlp_endpoint: Some(collector.start().await),
                };
                telemetry::init(&options, "entente-test", "1.2.3").unwrap()
            });
            Process {
                _runtime: runtime,
                collector,
                telemetry,
            }
        });
        started.join().unwrap()
    })
}

/// The spans of a trace, once there are so many.
async fn spans(trace: &str, count: usize) -> Vec<Span> {
    let mut found = Vec::new();
    eventually(async || {
        tokio::task::spawn_blocking(|| process().telemetry.flush())
            .await
            .unwrap();
        let all = process()
            .collector
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        found = all
            .iter()
            .filter(|span| hex(&span.trace_id) == trace)
            .cloned()
            .collect();
        found.len() >= count
    })
    .await;
    found
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute<'a>(span: &'a Span, key: &str) -> &'a str {
    let found = span.attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|attribute| attribute.value.as_ref()?.value.as_ref()) {
        Some(Value::StringValue(text)) => text,
        other => panic!("{key} is {other:?}"),
    }
}

#[tokio::test]
async fn the_callers_trace_goes_on_through_the_gateway_to_the_service() {
    process();
    let platform = Platform::start().await;
    platform
        .script
        .on(|_: &GetMemberRequest| Ok(GetMemberResponse::default()));
    let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");

    let request = platform.request("GET", "/v1/organizations/org_a/members/mem_a");
    request
        .header("traceparent", format!("00-{trace}-{parent}-01"))
        .send()
        .await
        .unwrap();

    let spans = spans(trace, 3).await;
    let called = platform.script.call("GetMember");
    let mut id = called.header("traceparent").split('-').nth(2).unwrap().to_owned();
    let mut chain = Vec::new();
    while let Some(span) = spans.iter().find(|span| hex(&span.span_id) == id) {
        chain.push((span.name.as_str(), span.kind()));
        id = hex(&span.parent_span_id);
    }
    assert_eq!(id, parent);
    assert_eq!(
        chain,
        [
            ("entente.identity.v1.MemberService/GetMember", SpanKind::Client),
            (
                "GET /v1/organizations/{organization}/members/{member}",
                SpanKind::Server
            ),
        ]
    );
    let edge = spans.iter().find(|span| span.name.starts_with("GET ")).unwrap();
    assert_eq!(
        attribute(edge, names::HTTP_ROUTE),
        "/v1/organizations/{organization}/members/{member}"
    );
}

#[tokio::test]
async fn a_page_is_one_route_whatever_its_token() {
    process();
    let platform = Platform::start().await;
    platform
        .script
        .on(|_: &LookUpMemberInvitationRequest| Ok(LookUpMemberInvitationResponse::default()));
    let trace = "1bf7651916cd43dd8448eb211c80319d";

    let request = platform.request("GET", "/join/s3cret");
    request
        .header("traceparent", format!("00-{trace}-b7ad6b7169203331-01"))
        .send()
        .await
        .unwrap();

    let spans = spans(trace, 3).await;
    let edge = spans
        .iter()
        .find(|span| span.name == "GET /join/{token}")
        .unwrap();
    assert_eq!(attribute(edge, names::URL_PATH), "/join/{token}");
    assert!(!format!("{spans:?}").contains("s3cret"));
}
