//! Logs, traces and metrics of the process, set up once.

mod json;
pub mod names;
mod propagation;

use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

pub use propagation::{continue_from, traceparent};
pub(crate) use propagation::{continue_from_headers, inject};

/// The bounds of the histograms, in seconds: from a decision in memory to a call that runs into its deadline.
const BUCKETS: [f64; 16] = [
    0.000_1, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// What is told about the process, and to whom.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Options {
    /// What is logged: a level, or a level for each module (`info,entente_events=debug`)
    #[arg(long, env = "ENTENTE_LOG", value_name = "FILTER", default_value = "info")]
    pub log: String,

    /// How it is logged: for people, as JSON, or by where it goes
    #[arg(long, env = "ENTENTE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Auto)]
    pub log_format: LogFormat,

    /// Where traces go: an OpenTelemetry collector that takes gRPC, such as http://127.0.0.1:4317
    #[arg(long, env = "ENTENTE_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,
}

/// The form of a log line.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people on a terminal, as JSON elsewhere
    Auto,
    /// For people
    Pretty,
    /// One JSON object a line, with trace_id and span_id
    Json,
}

/// Keeps telemetry going; `shutdown` sends what is still held back.
#[derive(Debug)]
pub struct Telemetry {
    provider: SdkTracerProvider,
    metrics: PrometheusHandle,
    _upkeep: mpsc::Sender<()>,
}

/// Starts logs (on stderr), traces and metrics for the whole process, and logs panics. Call it once, inside of a
/// Tokio runtime that lives as long as the process, since the exporter's connection runs on it.
///
/// # Errors
/// When a setting can't be used, or when it was called before.
pub fn init(options: &Options, service: &'static str, version: &'static str) -> anyhow::Result<Telemetry> {
    let filter = EnvFilter::try_new(&options.log).with_context(|| {
        format!(
            "log is {:?}: give a level such as info, or module=level",
            options.log
        )
    })?;
    let provider = tracer_provider(options, service, version)?;

    // Spans of ours only: those of the exporter's own HTTP client would feed on themselves.
    // The hint lets the macros of all libraries see at once that nobody listens below it.
    let ours = FilterFn::new(|metadata| {
        metadata.target().starts_with("entente") && *metadata.level() <= tracing::Level::INFO
    })
    .with_max_level_hint(tracing::Level::INFO);
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(service))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(ours);

    let lines = if json(options.log_format) {
        json::layer(std::io::stderr).boxed()
    } else {
        tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .compact()
            .boxed()
    };

    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(spans)
        .try_init()
        .context("telemetry runs already: start it once in a process")?;
    std::panic::set_hook(Box::new(log_panic));

    let metrics = recorder()?
        .install_recorder()
        .context("metrics are recorded already: start telemetry once in a process")?;
    names::describe();

    Ok(Telemetry {
        provider,
        _upkeep: keep_up(metrics.clone())?,
        metrics,
    })
}

fn recorder() -> anyhow::Result<PrometheusBuilder> {
    let mut recorder = PrometheusBuilder::new().with_recommended_naming(true);
    for seconds in ["duration", "wait_time"] {
        recorder = recorder
            .set_buckets_for_metric(Matcher::Suffix(seconds.to_owned()), &BUCKETS)
            .context("the buckets of the histograms are refused")?;
    }
    Ok(recorder)
}

impl Telemetry {
    /// What Prometheus scrapes; the admin port serves it.
    pub fn metrics(&self) -> PrometheusHandle {
        self.metrics.clone()
    }

    /// Sends the spans that ended until now. It blocks: call it from `spawn_blocking`, or when nothing else runs.
    pub fn flush(&self) {
        if let Err(error) = self.provider.force_flush() {
            tracing::warn!(%error, "traces could not be sent: check otlp-endpoint");
        }
    }

    /// Sends what is held back and ends. It blocks for 5 s at most.
    pub fn shutdown(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(Duration::from_secs(5)) {
            tracing::warn!(%error, "traces could not be sent: check otlp-endpoint");
        }
    }
}

fn json(format: LogFormat) -> bool {
    match format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Pretty => false,
        LogFormat::Json => true,
    }
}

fn tracer_provider(
    options: &Options,
    service: &'static str,
    version: &'static str,
) -> anyhow::Result<SdkTracerProvider> {
    let resource = Resource::builder()
        .with_service_name(service)
        .with_attribute(KeyValue::new(names::SERVICE_VERSION, version))
        .build();
    let builder = SdkTracerProvider::builder().with_resource(resource);

    let Some(endpoint) = &options.otlp_endpoint else {
        // Ids all the same, so that log lines of one request can be found; but nothing is recorded.
        return Ok(builder.with_sampler(Sampler::AlwaysOff).build());
    };
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .with_context(|| {
            format!(
                "otlp-endpoint is {endpoint:?}: give the URL of a collector, such as http://127.0.0.1:4317"
            )
        })?;
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    Ok(builder
        .with_sampler(sampler)
        .with_batch_exporter(exporter)
        .build())
}

/// The recorder must fold its samples now and then, scraped or not, or they pile up.
fn keep_up(metrics: PrometheusHandle) -> anyhow::Result<mpsc::Sender<()>> {
    let (alive, ended) = mpsc::channel::<()>();
    std::thread::Builder::new()
        .name("metrics-upkeep".to_owned())
        .spawn(move || {
            while ended.recv_timeout(Duration::from_secs(5)) == Err(mpsc::RecvTimeoutError::Timeout) {
                metrics.run_upkeep();
            }
        })
        .context("the thread that keeps metrics small can't be started")?;
    Ok(alive)
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let message = info.payload_as_str().unwrap_or("no message");
    tracing::error!(
        { names::EXCEPTION_MESSAGE } = message,
        location,
        "a panic: report it, it is a fault of ours"
    );
}
