//! One boot for every service: its listener, its stack, health, reflection, and an orderly end.

mod admin;
mod connections;
mod infra;
mod limits;
mod parts;
mod readiness;
mod signal;
mod stack;
mod unread;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic_health::ServingStatus;

pub use admin::Admin;
pub use limits::Limits;
pub use parts::{GrpcServices, Parts, Refusal};
pub use readiness::{Readiness, State, readiness};
pub use signal::signal;

use connections::Connections;
use infra::{Infra, Reporter};
use parts::Run;
use stack::Stack;

pub(crate) use stack::REQUEST_ID;

use crate::deadline::Deadline;
use crate::random::SharedRandom;

/// What tasks get to end in, even where calls took the whole drain limit.
const LEAST_FOR_TASKS: Duration = Duration::from_secs(4);

/// What the services of one process share.
#[derive(Clone)]
pub struct Host {
    /// How much each takes on.
    pub limits: Limits,
    /// Where request ids come from.
    pub random: SharedRandom,
    /// Who tells the probes.
    pub admin: Admin,
}

/// Serves a service until `drain` is cancelled, and then ends it in order: not ready, nothing new, calls in flight
/// finished within the drain limit, writes that outlived their calls finished, tasks stopped.
///
/// # Errors
/// When the descriptor set can't be read, when a task fails, or when one doesn't stop in time.
pub async fn serve(
    listener: TcpListener,
    parts: Parts,
    host: &Host,
    drain: CancellationToken,
) -> anyhow::Result<()> {
    let Parts {
        name,
        service,
        refusal,
        shown,
        descriptors,
        tasks,
        readiness,
    } = parts;
    let address = listener
        .local_addr()
        .context("the listener has no address: bind it again")?;
    let infra = Infra::new(descriptors).with_context(|| format!("{name} can't start"))?;
    let health = Health {
        name,
        admin: host.admin.clone(),
        reporter: infra.reporter(),
    };
    health.tell(State::Starting).await;

    // A child, so that a failed task drains this service and not its neighbours.
    let draining = drain.child_token();
    let detached = TaskTracker::new();
    let stack = Arc::new(Stack {
        name,
        service,
        infra,
        refusal,
        shown,
        limits: host.limits.clone(),
        in_flight: Arc::new(Semaphore::new(
            host.limits.max_in_flight.min(Semaphore::MAX_PERMITS),
        )),
        random: Arc::clone(&host.random),
        drain: draining.clone(),
        detached: detached.clone(),
    });
    let mut connections = Connections::new(stack, &host.limits);
    let mut beside = Tasks::start(tasks);
    tracing::info!(service = name, %address, "serving");

    let failure = {
        let mut watch = std::pin::pin!(health.watch(&readiness, host.limits.readiness_interval));
        loop {
            tokio::select! {
                biased;
                () = draining.cancelled() => break None,
                failure = beside.failure() => break Some(failure),
                () = &mut watch => {}
                () = connections.accept(&listener) => {}
            }
        }
    };

    tracing::info!(service = name, "draining");
    drop(listener);
    let end = Deadline::after(host.limits.drain_limit);
    health.tell(State::Draining).await;
    draining.cancel();
    connections.drain(host.limits.drain_limit).await;
    detached.close();
    if tokio::time::timeout_at(end.instant(), detached.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            service = name,
            writes = detached.len(),
            "writes still ran at the drain limit"
        );
    }
    let left = end.remaining().max(LEAST_FOR_TASKS);
    let stopped = beside.stop(left).await;
    tracing::info!(service = name, "drained");
    failure.map_or(stopped, Err)
}

/// What is said about a service: on the admin port, and over gRPC.
struct Health {
    name: &'static str,
    admin: Admin,
    reporter: Reporter,
}

impl Health {
    async fn tell(&self, state: State) {
        let status = if state == State::Ready {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        self.reporter.report(status).await;
        let before = self.admin.state(self.name);
        if before.as_ref() != Some(&state) {
            tracing::info!(service = self.name, state = ?state, "readiness changed");
            self.admin.set(self.name, state);
        }
    }

    async fn watch(&self, checks: &[Arc<dyn Readiness>], interval: Duration) {
        loop {
            self.tell(State::of(checks).await).await;
            tokio::time::sleep(interval).await;
        }
    }
}

/// What runs beside a server.
struct Tasks {
    running: JoinSet<(&'static str, anyhow::Result<()>)>,
    stop: CancellationToken,
}

impl Tasks {
    fn start(tasks: Vec<(&'static str, Run)>) -> Self {
        let stop = CancellationToken::new();
        let mut running = JoinSet::new();
        for (name, run) in tasks {
            let work = run(stop.clone());
            running.spawn(async move { (name, work.await) });
        }
        Self { running, stop }
    }

    /// Waits for a task to fail. One that just ends is done.
    async fn failure(&mut self) -> anyhow::Error {
        while let Some(ended) = self.running.join_next().await {
            match ended {
                Ok((_, Ok(()))) => {}
                Ok((name, Err(error))) => return error.context(format!("the task {name} failed")),
                Err(panic) => return anyhow!(panic).context("a task panicked: report it"),
            }
        }
        std::future::pending().await
    }

    async fn stop(mut self, limit: Duration) -> anyhow::Result<()> {
        self.stop.cancel();
        let all = async {
            let mut result = Ok(());
            while let Some(ended) = self.running.join_next().await {
                let ended = match ended {
                    Ok((name, ended)) => {
                        ended.with_context(|| format!("the task {name} failed while it stopped"))
                    }
                    Err(panic) => Err(anyhow!(panic).context("a task panicked while it stopped: report it")),
                };
                result = result.and(ended);
            }
            result
        };
        tokio::time::timeout(limit, all).await.unwrap_or_else(|_| {
            Err(anyhow!(
                "tasks did not stop within {} s: what they held is freed by its lease",
                limit.as_secs()
            ))
        })
    }
}
