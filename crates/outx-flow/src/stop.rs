//! Asking a running engine to stop.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

/// Asks a running engine to stop: what is on the wire is waited for, nothing new is begun. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    asked: AtomicBool,
    handed_over: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
        let wakers = std::mem::take(&mut *self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner));
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Asks, and leaves the run to whoever goes on with runs that wait: it is not a person's wish that it stands
    /// still.
    pub fn hand_over(&self) {
        self.0.handed_over.store(true, Ordering::SeqCst);
        self.ask();
    }

    /// Whether others may go on by themselves with what was stopped.
    pub fn is_handed_over(&self) -> bool {
        self.0.handed_over.load(Ordering::SeqCst)
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// Waits until it is asked.
    pub async fn asked(&self) {
        poll_fn(|context| {
            let mut wakers = self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner);
            // The flag is read under the lock, so that no waker comes after the last wake.
            if self.is_asked() {
                return Poll::Ready(());
            }
            if !wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }
}
