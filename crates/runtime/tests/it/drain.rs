//! How a server ends.

use std::sync::Arc;
use std::time::Duration;

use entente_runtime::detached;
use entente_runtime::server::{Limits, State};
use entente_runtime::status;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::support::{Server, answering, call, eventually, start, start_with, within};

/// A server with one call inside, which ends when `go` has a permit.
struct Busy {
    server: Server,
    go: Arc<Semaphore>,
    first: tokio::task::JoinHandle<Result<String, tonic::Status>>,
}

async fn busy(limits: Limits) -> Busy {
    let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (entered, gate) = (Arc::clone(&inside), Arc::clone(&go));
    let parts = answering(move |_| {
        let (entered, gate) = (Arc::clone(&entered), Arc::clone(&gate));
        async move {
            entered.add_permits(1);
            gate.acquire().await.unwrap().forget();
            Ok("finished".to_owned())
        }
    });
    let server = start_with(parts, limits).await;
    let first = tokio::spawn(call(TraceServiceClient::new(server.channel().await)));
    within(inside.acquire()).await.unwrap().forget();
    Busy { server, go, first }
}

#[tokio::test]
async fn a_call_in_flight_is_finished_before_the_server_ends() {
    let Busy { server, go, first } = busy(Limits::default()).await;

    server.drain.cancel();
    eventually(async || server.admin.state("test") == Some(State::Draining)).await;
    assert!(!server.done.is_finished());
    go.add_permits(1);

    assert_eq!(within(first).await.unwrap().unwrap(), "finished");
    within(server.done).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_draining_server_takes_no_new_connection() {
    let Busy {
        server,
        go,
        first: _first,
    } = busy(Limits::default()).await;

    server.drain.cancel();

    eventually(async || TcpStream::connect(server.address).await.is_err()).await;
    go.add_permits(1);
}

#[tokio::test]
async fn a_call_past_the_drain_limit_is_cut() {
    let limits = Limits {
        drain_limit: Duration::from_millis(50),
        ..Limits::default()
    };
    let Busy {
        server,
        go: _go,
        first,
    } = busy(limits).await;

    server.drained().await.unwrap();

    assert!(within(first).await.unwrap().is_err());
}

#[tokio::test]
async fn a_write_whose_caller_left_is_finished_before_the_server_ends() {
    let (inside, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (entered, gate) = (Arc::clone(&inside), Arc::clone(&go));
    let server = start(answering(move |_| {
        let (entered, gate) = (Arc::clone(&entered), Arc::clone(&gate));
        detached(async move {
            entered.add_permits(1);
            gate.acquire().await.unwrap().forget();
            Ok(String::new())
        })
    }))
    .await;
    let caller = tokio::spawn(call(TraceServiceClient::new(server.channel().await)));
    within(inside.acquire()).await.unwrap().forget();
    caller.abort();

    server.drain.cancel();
    eventually(async || server.admin.state("test") == Some(State::Draining)).await;
    assert!(!server.done.is_finished());
    go.add_permits(1);

    within(server.done).await.unwrap().unwrap();
}

#[tokio::test]
async fn tasks_are_stopped_after_the_last_call() {
    let (go, stopped) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (gate, signal, inside) = (Arc::clone(&go), Arc::clone(&stopped), Arc::new(Semaphore::new(0)));
    let entered = Arc::clone(&inside);
    let parts = answering(move |_| {
        let (gate, entered) = (Arc::clone(&gate), Arc::clone(&entered));
        async move {
            entered.add_permits(1);
            gate.acquire().await.unwrap().forget();
            Ok(String::new())
        }
    })
    .task("relay", move |stop| async move {
        stop.cancelled().await;
        signal.add_permits(1);
        Ok(())
    });
    let server = start(parts).await;
    let first = tokio::spawn(call(TraceServiceClient::new(server.channel().await)));
    within(inside.acquire()).await.unwrap().forget();

    server.drain.cancel();
    eventually(async || server.admin.state("test") == Some(State::Draining)).await;
    assert_eq!(stopped.available_permits(), 0);
    go.add_permits(1);

    within(first).await.unwrap().unwrap();
    within(server.done).await.unwrap().unwrap();
    assert_eq!(stopped.available_permits(), 1);
}

#[tokio::test]
async fn a_task_that_fails_ends_the_service_by_its_name() {
    let parts = answering(|_| async { Ok(String::new()) }).task("relay", |_| async {
        Err(anyhow::anyhow!("the log refused an event"))
    });

    let server = start(parts).await;

    let error = within(server.done).await.unwrap().unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "the task relay failed: the log refused an event"
    );
}

#[tokio::test]
async fn a_stream_is_ended_when_the_server_drains() {
    let server = start(answering(|_| async { Ok(String::new()) })).await;
    let mut client = HealthClient::new(server.channel().await);
    let mut watch = client
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    watch.message().await.unwrap().unwrap();

    server.drain.cancel();

    let status = within(async {
        loop {
            if let Err(status) = watch.message().await {
                return status;
            }
        }
    })
    .await;
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status::reason(&status).as_deref(), Some("DRAINING"));
    within(server.done).await.unwrap().unwrap();
}
