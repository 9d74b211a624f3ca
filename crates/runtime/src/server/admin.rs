//! The admin port of a process: live, ready, metrics. One for all services that run in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use axum::Json;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::readiness::State;

type States = BTreeMap<&'static str, State>;

/// What the probes are told about the services of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Admin {
    states: Arc<watch::Sender<States>>,
}

impl Admin {
    /// For a process in which no service runs yet.
    pub fn new() -> Self {
        Self {
            states: Arc::new(watch::Sender::new(States::new())),
        }
    }

    pub(super) fn set(&self, service: &'static str, state: State) {
        self.states.send_if_modified(|states| {
            let changed = states.get(service) != Some(&state);
            if changed {
                states.insert(service, state);
            }
            changed
        });
    }

    /// The state of a service, if it runs here.
    pub fn state(&self, service: &str) -> Option<State> {
        self.states.borrow().get(service).cloned()
    }

    /// Waits until a service takes calls. Limit it by a timeout and then ask [`Admin::state`] for the reasons.
    pub async fn ready(&self, service: &str) {
        let mut states = self.states.subscribe();
        // The sender lives as long as `self`, so this can't fail.
        let _ = states
            .wait_for(|states| states.get(service) == Some(&State::Ready))
            .await;
    }

    /// Serves `/live`, `/ready` and, with a recorder, `/metrics`, until it is told to stop: after the services,
    /// so that the probes see them drain.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        metrics: Option<PrometheusHandle>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let mut router = Router::new()
            .route("/live", get(async || Json(json!({"live": true}))))
            .route("/ready", get(async move || self.answer()));
        if let Some(metrics) = metrics {
            router = router.route("/metrics", get(async move || exposition(&metrics)));
        }
        axum::serve(listener, router)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
            .context("the admin port failed: start again")
    }

    fn answer(&self) -> Response {
        let states = self.states.borrow();
        let ready = !states.is_empty() && states.values().all(|state| *state == State::Ready);
        let services: Map<String, Value> = states
            .iter()
            .map(|(service, state)| ((*service).to_owned(), state.to_json()))
            .collect();
        let status = if ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        (status, Json(json!({"ready": ready, "services": services}))).into_response()
    }
}

impl Default for Admin {
    fn default() -> Self {
        Self::new()
    }
}

fn exposition(metrics: &PrometheusHandle) -> Response {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        metrics.render(),
    )
        .into_response()
}
