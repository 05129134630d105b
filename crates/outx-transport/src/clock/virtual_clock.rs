//! A clock that moves only when it is told to, or when nothing else is left to do.

use super::Clock;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// A clock for simulations and tests: a day passes in no time, and two runs are equal to the last step.
///
/// A clone is another handle of the same clock. Timers fire in the order of their moments, and at equal
/// moments in the order in which [`Clock::sleep_until`] was called, one after the other: between two of
/// them, everything that the first made ready is run.
///
/// ```
/// use outx_transport::{Clock, VirtualClock};
/// use std::time::Duration;
///
/// let clock = VirtualClock::new("2026-03-02T09:00:00Z".parse()?);
/// let woken = clock.simulate(async {
///     clock.sleep_until(clock.now() + Duration::from_secs(86_400)).await;
///     clock.now()
/// })?;
/// assert_eq!(woken.to_string(), "2026-03-03T09:00:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct VirtualClock {
    timers: Arc<Mutex<Timers>>,
}

struct Timers {
    now: Timestamp,
    asked: u64,
    /// By moment and by the order of asking. An entry that is gone has fired.
    waiting: BTreeMap<(Timestamp, u64), Waker>,
}

impl VirtualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        let timers = Timers { now: start, asked: 0, waiting: BTreeMap::new() };
        Self { timers: Arc::new(Mutex::new(timers)) }
    }

    /// Moves on by so much and wakes, in order, everyone whose moment comes. For tests that drive their
    /// futures by other means than [`simulate`](Self::simulate).
    pub fn advance(&self, by: Duration) {
        let target = self.lock().now.checked_add(by).unwrap_or(Timestamp::MAX);
        while let Some(waker) = self.fire_next(target) {
            waker.wake();
        }
        let mut timers = self.lock();
        timers.now = timers.now.max(target);
    }

    /// Runs a future to its end on this thread, without any runtime. Whenever nothing is ready, the clock
    /// jumps to the earliest timer.
    ///
    /// The future must not depend on sockets or on other threads: nobody waits for them here.
    ///
    /// # Errors
    ///
    /// [`Stalled`] when the future waits, nothing is ready, and no timer is left that could change that.
    pub fn simulate<F: Future>(&self, future: F) -> Result<F::Output, Stalled> {
        let ready = Arc::new(Ready(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&ready));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            if ready.0.swap(false, Ordering::SeqCst) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Ok(output);
                }
            } else if let Some(waker) = self.fire_next(Timestamp::MAX) {
                waker.wake();
            } else {
                return Err(Stalled { at: self.now() });
            }
        }
    }

    /// Takes out the earliest timer up to a moment and moves to its moment. The caller wakes, because a
    /// waker may do anything, and the lock must not be held then.
    fn fire_next(&self, until: Timestamp) -> Option<Waker> {
        let mut timers = self.lock();
        let first = timers.waiting.first_entry().filter(|first| first.key().0 <= until)?;
        let ((moment, _), waker) = first.remove_entry();
        timers.now = timers.now.max(moment);
        Some(waker)
    }

    fn lock(&self) -> MutexGuard<'_, Timers> {
        self.timers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn sleep_until(&self, moment: Timestamp) -> BoxFuture<'static, ()> {
        let mut timers = self.lock();
        timers.asked += 1;
        let key = (moment, timers.asked);
        drop(timers);
        Box::pin(Sleep { clock: self.clone(), key, waiting: false })
    }
}

impl fmt::Debug for VirtualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualClock").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// One timer.
struct Sleep {
    clock: VirtualClock,
    key: (Timestamp, u64),
    waiting: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut timers = this.clock.lock();
        if this.waiting {
            // Having fired counts, not the moment: of two timers of one moment, the second waits its turn.
            let Some(waker) = timers.waiting.get_mut(&this.key) else { return Poll::Ready(()) };
            waker.clone_from(context.waker());
        } else {
            if this.key.0 <= timers.now {
                return Poll::Ready(());
            }
            timers.waiting.insert(this.key, context.waker().clone());
            this.waiting = true;
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if self.waiting {
            self.clock.lock().waiting.remove(&self.key);
        }
    }
}

struct Ready(AtomicBool);

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A simulated future waits for something that never comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stalled {
    /// The moment at which the clock stood.
    pub at: Timestamp,
}

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the simulation stalled at {}: nothing is ready and no timer is set", self.at)
    }
}

impl std::error::Error for Stalled {}
