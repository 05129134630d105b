//! A body that can be sealed: the proof that a request was not sent.
//!
//! Error kinds prove little: a time-out while connecting looks like a lost answer, and a connection that
//! closes after it was accepted shows now as cancelled and now as reset. What proves is who came first. The
//! connection takes the bytes, or the caller seals them; an atomic swap decides, once and for ever.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

const OPEN: u8 = 0;
const HANDED_OVER: u8 = 1;
const SEALED: u8 = 2;

/// The caller's end of a [`SealedBody`]. A clone is another handle of the same seal.
#[derive(Clone, Default)]
pub struct Seal(Arc<AtomicU8>);

impl Seal {
    /// An open seal.
    pub fn new() -> Self {
        Self::default()
    }

    /// Closes it. True when no byte of the body was or ever will be handed to a connection; asked again,
    /// it answers the same.
    pub fn seal(&self) -> bool {
        match self.0.compare_exchange(OPEN, SEALED, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => true,
            Err(state) => state == SEALED,
        }
    }

    /// Gives up the possibility to prove. True when it was still open.
    pub(crate) fn hand_over(&self) -> bool {
        self.0.compare_exchange(OPEN, HANDED_OVER, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.load(Ordering::SeqCst) {
            OPEN => "Seal(open)",
            SEALED => "Seal(sealed)",
            _ => "Seal(handed over)",
        })
    }
}

/// A body of known length that hands its bytes over once, and not at all when its [`Seal`] was closed.
pub struct SealedBody {
    bytes: Option<Bytes>,
    seal: Seal,
}

impl SealedBody {
    /// A body under a seal. Of several bodies under one seal, at most one hands over its bytes.
    ///
    /// An empty body has no byte whose absence could prove anything: its seal counts as handed over.
    pub fn new(bytes: Bytes, seal: &Seal) -> Self {
        if bytes.is_empty() {
            seal.hand_over();
        }
        let bytes = Some(bytes).filter(|bytes| !bytes.is_empty());
        Self { bytes, seal: seal.clone() }
    }
}

impl Body for SealedBody {
    type Data = Bytes;
    type Error = AlreadyDecided;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AlreadyDecided>>> {
        if self.bytes.is_none() {
            return Poll::Ready(None);
        }
        if !self.seal.hand_over() {
            return Poll::Ready(Some(Err(AlreadyDecided)));
        }
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    /// Exact, so that the request carries a Content-Length and is not chunked.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// The body was sealed, or another body of the same seal was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyDecided;

impl fmt::Display for AlreadyDecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body was sealed or is already sent")
    }
}

impl std::error::Error for AlreadyDecided {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn ask(body: &mut SealedBody) -> Option<Result<Bytes, AlreadyDecided>> {
        match Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(frame) => frame.map(|frame| frame.map(|frame| frame.into_data().unwrap())),
            Poll::Pending => panic!("a body in memory is always ready"),
        }
    }

    #[test]
    fn what_was_handed_over_cannot_be_sealed() {
        let seal = Seal::new();
        let mut body = SealedBody::new(Bytes::from_static(b"{}"), &seal);
        assert_eq!(body.size_hint().exact(), Some(2));
        assert!(!body.is_end_stream());
        assert_eq!(ask(&mut body), Some(Ok(Bytes::from_static(b"{}"))));
        assert!(!seal.seal());
        assert!(!seal.seal());
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
        assert_eq!(ask(&mut body), None);
    }

    #[test]
    fn what_was_sealed_is_never_handed_over() {
        let seal = Seal::new();
        let mut body = SealedBody::new(Bytes::from_static(b"{}"), &seal);
        assert!(seal.seal());
        assert_eq!(ask(&mut body), Some(Err(AlreadyDecided)));
        assert_eq!(ask(&mut body), Some(Err(AlreadyDecided)));
        assert!(seal.seal(), "asked again, it answers the same");
    }

    #[test]
    fn an_empty_body_proves_nothing() {
        let seal = Seal::new();
        let body = SealedBody::new(Bytes::new(), &seal);
        assert!(body.is_end_stream());
        assert!(!seal.seal());
    }

    #[test]
    fn one_seal_lets_one_body_through() {
        let seal = Seal::new();
        let mut first = SealedBody::new(Bytes::from_static(b"1"), &seal);
        let mut second = SealedBody::new(Bytes::from_static(b"2"), &seal);
        assert!(matches!(ask(&mut first), Some(Ok(_))));
        assert_eq!(ask(&mut second), Some(Err(AlreadyDecided)));
    }

    #[test]
    fn of_two_threads_exactly_one_wins() {
        for _ in 0..200 {
            let seal = Seal::new();
            let mut body = SealedBody::new(Bytes::from_static(b"{}"), &seal);
            let taker = std::thread::spawn(move || ask(&mut body).unwrap().is_ok());
            let sealed = seal.seal();
            assert_ne!(sealed, taker.join().unwrap());
        }
    }
}
