//! One log line as one JSON object, with the ids of its trace.

use std::fmt;
use std::sync::{Arc, OnceLock};

use opentelemetry::trace::TraceContextExt;
use serde_json::{Map, Value};
use tracing::dispatcher::WeakDispatch;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::Layer;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The fields of the event stand at the top, those of its spans under `span`, the inner over the outer.
#[derive(Debug, Clone, Default)]
struct Json {
    // The ids of a span are asked of the dispatcher, and `get_default` gives none while an event is dispatched.
    dispatch: Arc<OnceLock<WeakDispatch>>,
}

/// Writes each event as a line.
pub(super) fn layer<S, W>(writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let form = Json::default();
    let spans = Spans(Arc::clone(&form.dispatch));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    spans.and_then(lines.event_format(form).fmt_fields(NoFields))
}

/// Keeps the fields of spans for the lines in them. A line is rare and a span is not, so they are text only in a line.
struct Spans(Arc<OnceLock<WeakDispatch>>);

struct SpanFields(Map<String, Value>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    /// Only layers are told their dispatcher.
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // A subscriber is registered once; a second time would name the same one.
        let _ = self.0.set(dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Map::new();
        attributes.record(&mut Fields(&mut fields));
        span.extensions_mut().insert(SpanFields(fields));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(SpanFields(fields)) = span.extensions_mut().get_mut() {
            values.record(&mut Fields(fields));
        }
    }
}

/// Lines find the fields of their spans in [`SpanFields`].
struct NoFields;

impl<'writer> FormatFields<'writer> for NoFields {
    fn format_fields<R: RecordFields>(&self, _: Writer<'writer>, _: R) -> fmt::Result {
        Ok(())
    }
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;

        let mut line = Map::new();
        line.insert("timestamp".to_owned(), time.into());
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        line.insert("target".to_owned(), event.metadata().target().into());
        event.record(&mut Fields(&mut line));

        if let Some(span) = context.parent_span() {
            let dispatch = self.dispatch.get().and_then(WeakDispatch::upgrade);
            let ids = dispatch.and_then(|dispatch| get_otel_context(&span.id(), &dispatch));
            if let Some(ids) = ids.filter(|ids| ids.span().span_context().is_valid()) {
                let span = ids.span();
                line.insert(
                    "trace_id".to_owned(),
                    span.span_context().trace_id().to_string().into(),
                );
                line.insert(
                    "span_id".to_owned(),
                    span.span_context().span_id().to_string().into(),
                );
            }
            line.insert("span".to_owned(), span_fields(context).into());
        }

        writeln!(writer, "{}", Value::Object(line))
    }
}

fn span_fields<S, N>(context: &FmtContext<'_, S, N>) -> Map<String, Value>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    let mut merged = Map::new();
    for span in context
        .event_scope()
        .into_iter()
        .flat_map(tracing_subscriber::registry::Scope::from_root)
    {
        merged.insert("name".to_owned(), span.name().into());
        if let Some(SpanFields(fields)) = span.extensions().get() {
            merged.extend(fields.clone());
        }
    }
    merged
}

struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The one line that `work` logs.
    fn logged(work: impl FnOnce()) -> Value {
        let lines = Lines::default();
        let writer = lines.clone();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOff)
            .build();
        let subscriber = tracing_subscriber::registry()
            .with(layer(move || writer.clone()))
            .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("test")));
        tracing::subscriber::with_default(subscriber, work);
        serde_json::from_slice(&lines.0.lock().unwrap()).unwrap()
    }

    #[test]
    fn a_line_carries_its_fields_and_those_of_its_spans() {
        let line = logged(|| {
            let _outer = tracing::info_span!("outer", a = 1, b = "outer").entered();
            let _inner = tracing::info_span!("inner", b = "inner").entered();
            tracing::warn!(count = 3, "a \"quoted\" message");
        });

        assert_eq!(line["level"], "WARN");
        assert_eq!(line["message"], "a \"quoted\" message");
        assert_eq!(line["count"], 3);
        assert_eq!(
            line["span"],
            serde_json::json!({"name": "inner", "a": 1, "b": "inner"})
        );
    }

    #[test]
    fn a_field_that_a_span_learns_later_is_in_the_line() {
        let line = logged(|| {
            let span = tracing::info_span!("call", a = 1, b = tracing::field::Empty);
            span.record("b", "late");
            span.in_scope(|| tracing::warn!("here"));
        });

        assert_eq!(
            line["span"],
            serde_json::json!({"name": "call", "a": 1, "b": "late"})
        );
    }

    #[test]
    fn a_line_within_a_span_carries_the_ids_of_its_trace() {
        let line = logged(|| {
            let _span = tracing::info_span!("call").entered();
            tracing::info!("here");
        });

        assert_eq!(line["trace_id"].as_str().unwrap().len(), 32);
        assert_eq!(line["span_id"].as_str().unwrap().len(), 16);
    }

    #[test]
    fn a_line_outside_of_spans_has_no_ids() {
        let line = logged(|| tracing::info!("here"));

        assert!(line.get("trace_id").is_none());
    }
}
