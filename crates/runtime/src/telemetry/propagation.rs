//! W3C trace context: in and out of headers, and as one string beside what is stored, such as an event.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// The `traceparent` of the current span, to be stored with what goes on later. None outside of a trace.
pub fn traceparent() -> Option<String> {
    let mut headers = HeaderMap::new();
    inject(&Span::current(), &mut headers);
    headers.get(TRACEPARENT)?.to_str().ok().map(ToOwned::to_owned)
}

/// Makes a stored `traceparent` the parent of a span. Call it before the span is entered; one that can't be read
/// leaves the span as it is.
pub fn continue_from(span: &Span, traceparent: &str) {
    let Ok(value) = HeaderValue::try_from(traceparent) else {
        return;
    };
    let headers = HeaderMap::from_iter([(HeaderName::from_static(TRACEPARENT), value)]);
    continue_from_headers(span, &headers);
}

pub(crate) fn continue_from_headers(span: &Span, headers: &HeaderMap) {
    if !headers.contains_key(TRACEPARENT) {
        return;
    }
    let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers));
    // It fails only where nothing collects spans, and then there is no trace to go on with.
    let _ = span.set_parent(parent);
}

pub(crate) fn inject(span: &Span, headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&span.context(), &mut HeadersMut(headers));
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if value.is_empty() {
            return;
        }
        if let (Ok(key), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(key, value);
        }
    }
}
