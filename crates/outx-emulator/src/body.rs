//! The body of an answer, which can end before its end.

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A body of known length.
#[derive(Debug)]
pub(crate) struct AnswerBody {
    bytes: Bytes,
    /// What its head promises.
    length: usize,
    cut: Cut,
}

#[derive(Debug, PartialEq, Eq)]
enum Cut {
    /// Never.
    No,
    /// After the bytes that are left.
    Ahead,
    /// Now.
    Here,
}

impl AnswerBody {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self { length: bytes.len(), bytes, cut: Cut::No }
    }

    /// The first half of some bytes, under a head that promises all of them.
    pub(crate) fn half(bytes: &Bytes) -> Self {
        Self { length: bytes.len(), bytes: bytes.slice(..bytes.len() / 2), cut: Cut::Ahead }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Torn;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Torn>>> {
        if !self.bytes.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))));
        }
        match self.cut {
            Cut::No => Poll::Ready(None),
            Cut::Ahead => {
                // Once around, so that what was handed over leaves before the connection does.
                self.cut = Cut::Here;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Cut::Here => Poll::Ready(Some(Err(Torn))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty() && self.cut == Cut::No
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length as u64)
    }
}

/// The connection is to break here, because a fault wants it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Torn;

impl fmt::Display for Torn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("torn off by a fault")
    }
}

impl std::error::Error for Torn {}
