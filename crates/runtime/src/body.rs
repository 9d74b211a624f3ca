//! A body of answers that can be ended from outside.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use crate::deadline::Deadline;
use crate::status::Layer;

/// Passes a stream on until `end` gives the status that ends it. A panic in the stream ends it as INTERNAL.
pub(crate) struct Ending {
    inner: Option<Body>,
    end: BoxFuture<'static, Status>,
}

impl Ending {
    pub(crate) fn wrap(inner: Body, end: impl Future<Output = Status> + Send + 'static) -> Body {
        Body::new(Self {
            inner: Some(inner),
            end: Box::pin(end),
        })
    }

    fn finish(&mut self, status: &Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.inner = None;
        let mut trailers = HeaderMap::new();
        match status.add_header(&mut trailers) {
            Ok(()) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            Err(status) => Poll::Ready(Some(Err(status))),
        }
    }
}

/// Ends when the deadline has passed, or never where there is none.
pub(crate) async fn timeout(deadline: Option<Deadline>) -> Status {
    let Some(deadline) = deadline else {
        return std::future::pending().await;
    };
    tokio::time::sleep_until(deadline.instant()).await;
    Layer::Timeout.status()
}

impl http_body::Body for Ending {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(None);
        };
        // First, so that a stream which always has more to say ends too.
        if let Poll::Ready(status) = this.end.as_mut().poll(cx) {
            return this.finish(&status);
        }
        match catch_unwind(AssertUnwindSafe(|| Pin::new(inner).poll_frame(cx))) {
            Ok(polled) => polled,
            Err(_) => this.finish(&Layer::Internal.status()),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(|inner| inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_stream_ends_with_the_status_that_ends_it() {
        let endless = Body::new(http_body_util::StreamBody::new(futures::stream::pending::<
            Result<Frame<Bytes>, Status>,
        >()));

        let body = Ending::wrap(endless, timeout(Some(Deadline::after(Duration::from_millis(1)))));

        let collected = body.collect().await.unwrap();
        assert_eq!(collected.trailers().unwrap()["grpc-status"], "4");
    }

    #[tokio::test]
    async fn a_panic_in_a_stream_ends_it_as_internal() {
        let broken = Body::new(http_body_util::StreamBody::new(futures::stream::poll_fn(
            |_| -> Poll<Option<Result<Frame<Bytes>, Status>>> { panic!("broken") },
        )));

        let collected = Ending::wrap(broken, timeout(None)).collect().await.unwrap();

        assert_eq!(collected.trailers().unwrap()["grpc-status"], "13");
    }
}
