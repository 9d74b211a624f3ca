//! The trace context that travels with an event (W3C Trace Context, version 00).

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The current span as a `traceparent`; nothing where no trace is recorded.
pub(crate) fn current_traceparent() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return None;
    }
    let flags = span.trace_flags() & TraceFlags::SAMPLED;
    Some(format!(
        "00-{}-{}-{:02x}",
        span.trace_id(),
        span.span_id(),
        flags.to_u8()
    ))
}

/// Makes the span a child of a `traceparent`. One that can't be read leaves the span a root, as the specification asks.
pub(crate) fn follow(span: &Span, traceparent: Option<&str>) {
    let Some(parent) = traceparent.and_then(parse) else {
        return;
    };
    // It fails only where no OpenTelemetry layer is installed, and then there is no trace to belong to.
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
}

/// Whether the cause is recorded, so that a span for it is worth making.
pub(crate) fn is_sampled(traceparent: Option<&str>) -> bool {
    traceparent
        .and_then(parse)
        .is_some_and(|parent| parent.is_sampled())
}

fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version.len() != 2 || version == "ff" || trace.len() != 32 || span.len() != 16 || flags.len() != 2 {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_of_the_specification_is_read() {
        let parent = parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        assert!(parent.is_sampled());
        assert_eq!(parent.span_id().to_string(), "b7ad6b7169203331");
    }

    #[test]
    fn another_text_is_no_parent() {
        for text in [
            "",
            "00",
            "00-0-0-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
