//! One log line as one JSON object, with the ids of its trace.

use std::fmt;
use std::sync::{Arc, OnceLock};

use opentelemetry::trace::TraceContextExt;
use serde_json::{Map, Value};
use tracing::dispatcher::WeakDispatch;
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// The fields of the event stand at the top, those of its spans under `span`, the inner over the outer.
#[derive(Debug, Clone, Default)]
pub(super) struct Json {
    // The ids of a span are asked of the dispatcher, and `get_default` gives none while an event is dispatched.
    dispatch: Arc<OnceLock<WeakDispatch>>,
}

impl Json {
    /// A layer that must stand beside it, as only layers are told their dispatcher.
    pub(super) fn registered(&self) -> Registered {
        Registered(Arc::clone(&self.dispatch))
    }
}

pub(super) struct Registered(Arc<OnceLock<WeakDispatch>>);

impl<S: Subscriber> Layer<S> for Registered {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // A subscriber is registered once; a second time would name the same one.
        let _ = self.0.set(dispatch.downgrade());
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
            line.insert("span".to_owned(), span_fields::<S, N>(context).into());
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
        let extensions = span.extensions();
        let Some(fields) = extensions.get::<FormattedFields<N>>() else {
            continue;
        };
        if let Ok(fields) = serde_json::from_str::<Map<String, Value>>(fields) {
            merged.extend(fields);
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
    use tracing_subscriber::fmt::format::JsonFields;
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
        let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
        let json = Json::default();
        let subscriber = tracing_subscriber::registry()
            .with(json.registered())
            .with(layer.event_format(json).fmt_fields(JsonFields::new()))
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
