//! The body of an answer, watched for the status at its end.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use super::{Call, code};
use crate::context::{self, Context as CallContext};

pub(crate) struct Observed {
    inner: Body,
    call: Call,
    context: Option<CallContext>,
}

impl Observed {
    pub(crate) fn wrap(inner: Body, call: Call, context: Option<CallContext>) -> Body {
        Body::new(Self { inner, call, context })
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let _entered = self.call.span().enter();
        let inner = Pin::new(&mut self.inner);
        match &self.context {
            Some(context) => context::sync_scope(context, || inner.poll_frame(cx)),
            None => inner.poll_frame(cx),
        }
    }
}

impl http_body::Body for Observed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = self.poll_inner(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.call.end(code(trailers));
                }
            }
            Poll::Ready(Some(Err(status))) => self.call.end(Some(status.code())),
            Poll::Ready(None) => self.call.end(None),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
