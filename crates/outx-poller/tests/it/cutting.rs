//! Drops futures at their awaits.

use std::pin::Pin;
use std::task::{Context, Poll};

/// Polls a future so often; when it is woken once more, it is dropped instead, as `select!` would do.
pub(crate) struct Cut<F>(Pin<Box<F>>, usize);

pub(crate) fn cut<F: Future>(future: F, polls: usize) -> Cut<F> {
    Cut(Box::pin(future), polls)
}

impl<F: Future> Future for Cut<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.1 == 0 {
            return Poll::Ready(None);
        }
        self.1 -= 1;
        self.0.as_mut().poll(context).map(Some)
    }
}

/// Does something once for each await of it: `run` is told after how many polls to drop the future, and says whether that
/// was before its end. It ends when nothing was left to drop, and says how often something was.
pub(crate) fn at_every_await(mut run: impl FnMut(usize) -> bool) -> usize {
    (1..100_000).take_while(|polls| run(*polls)).count()
}
