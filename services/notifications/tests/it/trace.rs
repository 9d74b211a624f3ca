//! One trace from the cause to the mail.

use std::sync::OnceLock;

use opentelemetry::trace::{TraceContextExt as _, TraceId, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::world::{World, until};

/// One for the whole program: what is under test runs in tasks of its own.
fn spans() -> InMemorySpanExporter {
    static SPANS: OnceLock<(InMemorySpanExporter, SdkTracerProvider)> = OnceLock::new();
    let (spans, _) = SPANS.get_or_init(|| {
        let spans = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(spans.clone())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("notifications"));
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
        (spans, provider)
    });
    spans.clone()
}

#[tokio::test]
async fn the_way_from_an_invitation_to_its_mail_is_one_trace() {
    let exporter = spans();
    let world = World::new().await;
    let client = world.place("Berger SA", "chef@berger.example");
    let partner = world.place("Alpina", "lea@alpina.example");
    let invitation = world.invitation(&client, &partner, "v1.token");
    let event = world.invitation_event("partnership_invitation.created", &invitation);
    let cause = tracing::info_span!("cause");
    let trace = cause.context().span().span_context().trace_id();

    world.announce(&event).instrument(cause).await;
    world.settled().await;

    let dispatch = until(async || find(&exporter, trace, "dispatch_intent")).await;
    let send = until(async || find(&exporter, trace, "send_delivery")).await;
    assert_eq!(send.parent_span_id, dispatch.span_context.span_id());
    for method in [
        "entente.identity.v1.MemberService/ListContacts",
        "entente.partners.v1.PartnershipInvitationService/GetPartnershipInvitationToken",
    ] {
        until(async || find(&exporter, trace, method)).await;
    }
}

fn find(exporter: &InMemorySpanExporter, trace: TraceId, name: &str) -> Option<SpanData> {
    let finished = exporter.get_finished_spans().unwrap();
    finished
        .into_iter()
        .find(|span| span.span_context.trace_id() == trace && span.name == name)
}
