//! What belongs to the request that is being served and must follow it into calls and tasks.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::deadline::Deadline;

/// The header that carries the access revision which a request and its answer rest on, in and out.
pub const ACCESS_REVISION: HeaderName = HeaderName::from_static("entente-revision");

tokio::task_local! {
    static CURRENT: Context;
}

/// The id of the request, its deadline, what it knows of access, and the server's hold on the work that it causes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Context(Arc<Inner>);

#[derive(Debug, Clone, Default)]
struct Inner {
    request_id: Option<HeaderValue>,
    deadline: Option<Deadline>,
    // Shared by all that the request causes, so that the answer tells what any part of it learnt. Zero is nothing.
    access_revision: Arc<AtomicI64>,
    drain: CancellationToken,
    detached: TaskTracker,
    // Held, never read: work that outlives its request still counts against the limit.
    _permit: Option<Arc<OwnedSemaphorePermit>>,
}

impl Context {
    /// The context of work that no request asked for: no id, no deadline.
    pub fn background() -> Self {
        Self(Arc::new(Inner::default()))
    }

    pub(crate) fn serving(
        request_id: HeaderValue,
        deadline: Option<Deadline>,
        access_revision: Option<i64>,
        drain: CancellationToken,
        detached: TaskTracker,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Self {
        let _permit = permit.map(Arc::new);
        Self(Arc::new(Inner {
            request_id: Some(request_id),
            deadline,
            access_revision: Arc::new(AtomicI64::new(access_revision.unwrap_or_default())),
            drain,
            detached,
            _permit,
        }))
    }

    /// The same, with another request id: a consumer goes on under the id of the request that made the event.
    pub fn with_request_id(&self, request_id: &str) -> Self {
        let request_id = HeaderValue::try_from(request_id).ok();
        Self(Arc::new(Inner {
            request_id,
            ..Inner::clone(&self.0)
        }))
    }

    pub(crate) fn with_deadline(&self, deadline: Option<Deadline>) -> Self {
        Self(Arc::new(Inner {
            deadline,
            ..Inner::clone(&self.0)
        }))
    }

    /// For what goes on after the answer has begun: a stream is no call in flight.
    pub(crate) fn without_permit(&self) -> Self {
        Self(Arc::new(Inner {
            _permit: None,
            ..Inner::clone(&self.0)
        }))
    }

    /// The id that ties together what one request causes; it is in the logs, and in `x-request-id`.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_ref()?.to_str().ok()
    }

    pub(crate) fn request_id_header(&self) -> Option<&HeaderValue> {
        self.0.request_id.as_ref()
    }

    /// By when the answer is due.
    pub fn deadline(&self) -> Option<Deadline> {
        self.0.deadline
    }

    /// The access revision that this request must see at least: the one that its caller sent, or a later one that it
    /// made itself. None where nobody spoke of one.
    pub fn access_revision(&self) -> Option<i64> {
        Some(self.0.access_revision.load(Ordering::Relaxed)).filter(|revision| *revision > 0)
    }

    /// Remembers that the request rests on this access revision. The answer tells it, and so does every call from here.
    pub fn saw_access_revision(&self, revision: i64) {
        self.0.access_revision.fetch_max(revision, Ordering::Relaxed);
    }

    /// Cancelled when the server begins to drain. The stack itself ends streams of answers then.
    pub fn drain(&self) -> &CancellationToken {
        &self.0.drain
    }
}

/// The context of the request that is being served here.
pub fn current() -> Option<Context> {
    CURRENT.try_with(Context::clone).ok()
}

/// The id of the request that is being served here.
pub fn request_id() -> Option<String> {
    current()?.request_id().map(ToOwned::to_owned)
}

/// As [`Context::access_revision`], of the request that is being served here.
pub fn access_revision() -> Option<i64> {
    current()?.access_revision()
}

/// As [`Context::saw_access_revision`], for the request that is being served here, if there is one.
pub fn saw_access_revision(revision: i64) {
    if let Some(context) = current() {
        context.saw_access_revision(revision);
    }
}

/// The access revision that the headers of a request or an answer tell. What is no number tells nothing.
pub(crate) fn access_revision_of(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(ACCESS_REVISION)?.to_str().ok()?;
    text.parse().ok().filter(|revision| *revision > 0)
}

/// Tells the access revision in the headers, if there is one.
pub(crate) fn tell_access_revision(revision: Option<i64>, headers: &mut HeaderMap) {
    if let Some(revision) = revision {
        headers.insert(ACCESS_REVISION, HeaderValue::from(revision));
    }
}

/// Runs `work` in the given context.
pub async fn scope<F: Future>(context: Context, work: F) -> F::Output {
    CURRENT.scope(context, work).await
}

pub(crate) fn sync_scope<T>(context: &Context, work: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(context.clone(), work)
}

/// Runs a write in a task of its own and waits for it: a deadline or a client that goes away ends the waiting,
/// never the work between a commit and the next step. The task keeps the span and the request id, has no
/// deadline, counts against the limit of calls in flight, and is waited for when the server drains.
///
/// A panic in it goes on in the caller, if that one still waits.
pub async fn detached<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let context = current().unwrap_or_else(Context::background).with_deadline(None);
    let tracker = context.0.detached.clone();
    let work = scope(context, work).instrument(tracing::Span::current());

    match tracker.spawn(work).await {
        Ok(output) => output,
        Err(failed) if failed.is_panic() => resume_unwind(failed.into_panic()),
        // Nobody aborts the task, so the runtime itself is going down, and this task with it.
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;
    use crate::deadline;

    #[tokio::test]
    async fn detached_work_goes_on_when_nobody_waits_for_it() {
        let (go, gate) = oneshot::channel::<()>();
        let (done, result) = oneshot::channel();
        let waiting = tokio::time::timeout(
            Duration::from_millis(1),
            detached(async move {
                gate.await.unwrap();
                done.send("committed").unwrap();
            }),
        );

        assert!(waiting.await.is_err());
        go.send(()).unwrap();

        assert_eq!(result.await.unwrap(), "committed");
    }

    #[tokio::test]
    async fn detached_work_keeps_the_request_id_and_loses_the_deadline() {
        let context = Context::background()
            .with_request_id("r-1")
            .with_deadline(Some(Deadline::after(Duration::from_secs(1))));

        let seen = scope(context, detached(async { (request_id(), deadline::remaining()) })).await;

        assert_eq!(seen, (Some("r-1".to_owned()), None));
    }

    #[tokio::test]
    async fn what_detached_work_learns_of_access_is_known_to_the_request() {
        let context = Context::background();
        context.saw_access_revision(7);

        scope(context.clone(), detached(async { saw_access_revision(9) })).await;
        context.saw_access_revision(8);

        assert_eq!(context.access_revision(), Some(9));
    }

    #[test]
    fn a_header_that_is_no_revision_tells_nothing() {
        for text in ["", "0", "-4", "1e9", "9223372036854775808"] {
            let headers = HeaderMap::from_iter([(ACCESS_REVISION, HeaderValue::from_static(text))]);
            assert_eq!(access_revision_of(&headers), None, "{text}");
        }
    }

    #[tokio::test]
    async fn a_panic_in_detached_work_reaches_who_waits() {
        let waiting = tokio::spawn(detached(async { panic!("broken") }));

        assert!(waiting.await.unwrap_err().is_panic());
    }
}
