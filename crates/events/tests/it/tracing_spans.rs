//! One trace from the cause to the effect.

use opentelemetry::trace::{SpanId, SpanKind, TraceContextExt, TraceId, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use std::sync::OnceLock;
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{Effects, GROUP, Which, World, topic, until};

on_both_logs!(the_way_to_the_effect_is_one_trace);

/// One for the whole program: relays and consumers run on many threads.
fn spans() -> InMemorySpanExporter {
    static SPANS: OnceLock<(InMemorySpanExporter, SdkTracerProvider)> = OnceLock::new();
    let (spans, _) = SPANS.get_or_init(|| {
        let spans = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(spans.clone())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("events"));
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).unwrap();
        (spans, provider)
    });
    spans.clone()
}

async fn the_way_to_the_effect_is_one_trace(which: Which) {
    let exporter = spans();
    let world = World::new(which).await;
    let _running = (world.relay(), world.consume(GROUP, Effects::of(GROUP)));
    let cause = tracing::info_span!("cause");
    let (trace, parent) = {
        let context = cause.context();
        let span = context.span();
        (span.span_context().trace_id(), span.span_context().span_id())
    };

    world.announce(&["ord_1"]).instrument(cause).await;

    world.all_applied_once_in_order(GROUP).await;
    for (kind, name) in [(SpanKind::Producer, "send"), (SpanKind::Consumer, "process")] {
        let span = until("the span", async || find(&exporter, trace, &kind)).await;
        assert_eq!(span.parent_span_id, parent, "{name}");
        assert_eq!(span.name, format!("{name} {}", topic()));
        let attribute = |key: &str| {
            let found = span
                .attributes
                .iter()
                .find(|attribute| attribute.key.as_str() == key);
            found
                .map(|attribute| attribute.value.to_string())
                .unwrap_or_default()
        };
        assert_eq!(attribute("messaging.system"), world.parts.log.system());
        assert_eq!(attribute("messaging.operation.type"), name);
        assert_eq!(attribute("messaging.destination.name"), topic().as_str());
        assert_eq!(attribute("messaging.message.id"), "evt_ord_1");
    }
    assert_ne!(parent, SpanId::INVALID);
}

fn find(exporter: &InMemorySpanExporter, trace: TraceId, kind: &SpanKind) -> Option<SpanData> {
    let finished = exporter.get_finished_spans().unwrap();
    finished
        .into_iter()
        .find(|span| span.span_context.trace_id() == trace && span.span_kind == *kind)
}
