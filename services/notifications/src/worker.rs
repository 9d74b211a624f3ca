//! What runs beside the calls: the dispatcher and the sender. Each works on what is due, a few at a time, and looks again
//! every now and then; several replicas share the work.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use entente_runtime::context::{self, Context};
use entente_runtime::telemetry::{continue_from, names};
use futures::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span, info_span};
use uuid::Uuid;

use crate::app::{App, Worked, dispatch_intent, send_delivery};
use crate::error::Error;
use crate::store::{Due, delivery, intent};

/// How often it looks without being woken.
const INTERVAL: Duration = Duration::from_millis(200);
/// What is under way at the end gets so long.
const GRACE: Duration = Duration::from_secs(3);
/// At most so many are looked at together. Others may have them by the time that they are taken.
const BATCH: i64 = 50;
/// So many are worked on at a time, each with a connection to the database.
const LANES: usize = 2;

/// What waits to be worked on.
#[async_trait]
pub(crate) trait Queue: Send + Sync + 'static {
    type Key: Display + Send + Sync + 'static;
    const NAME: &'static str;

    async fn due(&self) -> Result<Vec<Due<Self::Key>>, Error>;
    fn span(&self, key: &Self::Key) -> Span;
    async fn work(&self, key: &Self::Key) -> Result<Worked, Error>;
    async fn woken(&self);
}

/// Events of which it isn't worked out yet who is told.
pub(crate) struct Intents(pub(crate) Arc<App>);

/// Mails that aren't sent yet.
pub(crate) struct Deliveries(pub(crate) Arc<App>);

#[async_trait]
impl Queue for Intents {
    type Key = String;
    const NAME: &'static str = "dispatcher";

    async fn due(&self) -> Result<Vec<Due<String>>, Error> {
        let context = &self.0.context;
        intent::list_due(context.database.worker_pool(), context.clock.now(), BATCH).await
    }

    fn span(&self, event: &String) -> Span {
        info_span!(
            "dispatch_intent",
            otel.kind = "internal",
            { names::MESSAGING_MESSAGE_ID } = event
        )
    }

    async fn work(&self, event: &String) -> Result<Worked, Error> {
        dispatch_intent::run(&self.0, event).await
    }

    /// The consumer commits after its handler, which is why nobody could say in time that there is something new.
    async fn woken(&self) {
        std::future::pending().await
    }
}

#[async_trait]
impl Queue for Deliveries {
    type Key = Uuid;
    const NAME: &'static str = "sender";

    async fn due(&self) -> Result<Vec<Due<Uuid>>, Error> {
        let context = &self.0.context;
        delivery::list_due(context.database.worker_pool(), context.clock.now(), BATCH).await
    }

    fn span(&self, delivery: &Uuid) -> Span {
        info_span!("send_delivery", otel.kind = "producer", { names::MESSAGING_MESSAGE_ID } = %delivery)
    }

    async fn work(&self, delivery: &Uuid) -> Result<Worked, Error> {
        send_delivery::run(&self.0, *delivery).await
    }

    async fn woken(&self) {
        self.0.deliveries.notified().await;
    }
}

/// Works until the cancellation, and then finishes what is under way, if that ends soon: what is cut off is rolled back,
/// and done again by whoever comes next.
pub(crate) async fn run<Q: Queue>(queue: Q, stop: CancellationToken) -> anyhow::Result<()> {
    let patience = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::pin!(patience);
    while !stop.is_cancelled() {
        let moved = tokio::select! {
            moved = round(&queue, &stop) => moved,
            () = &mut patience => return Ok(()),
        };
        let moved = moved.unwrap_or_else(|error| {
            tracing::warn!(%error, queue = Q::NAME, "what is due can't be read, it is tried again");
            Moved::Nothing
        });
        if moved == Moved::Something {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = queue.woken() => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Something,
    Nothing,
}

async fn round<Q: Queue>(queue: &Q, stop: &CancellationToken) -> Result<Moved, Error> {
    let due = queue.due().await?;
    let worked = stream::iter(due)
        .map(|due| one(queue, due, stop))
        .buffer_unordered(LANES);
    let moved = worked
        .filter(|worked| std::future::ready(*worked == Worked::On))
        .count()
        .await;
    Ok(if moved > 0 {
        Moved::Something
    } else {
        Moved::Nothing
    })
}

/// Works on one, in the trace and under the id of the request that caused it.
async fn one<Q: Queue>(queue: &Q, due: Due<Q::Key>, stop: &CancellationToken) -> Worked {
    if stop.is_cancelled() {
        return Worked::Passed;
    }
    let span = queue.span(&due.key);
    if let Some(traceparent) = &due.traceparent {
        continue_from(&span, traceparent);
    }
    let background = Context::background();
    let context = due
        .request_id
        .map_or(background.clone(), |id| background.with_request_id(&id));
    let worked = context::scope(context, queue.work(&due.key))
        .instrument(span)
        .await;
    worked.unwrap_or_else(|error| {
        tracing::warn!(%error, queue = Q::NAME, key = %due.key, "it was not finished, it is tried again");
        Worked::Passed
    })
}
