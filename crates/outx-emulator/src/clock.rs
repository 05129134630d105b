//! A clock that can be turned forward and run faster.

use futures_util::future::{BoxFuture, Either, select};
use jiff::{SignedDuration, Timestamp};
use outx_transport::Clock;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Time that begins at a chosen moment, runs a whole number of times as fast as another clock, and can be
/// turned forward. It never goes back.
///
/// ```
/// use outx_emulator::EmulatorClock;
/// use outx_transport::{Clock, VirtualClock};
/// use std::{sync::Arc, time::Duration};
///
/// let real = Arc::new(VirtualClock::new("2026-03-02T09:00:00Z".parse()?));
/// let clock = EmulatorClock::new(real.clone(), None, 60);
/// assert_eq!(clock.now(), real.now());
/// clock.advance(Duration::from_secs(48 * 3600));
/// assert_eq!(clock.now().to_string(), "2026-03-04T09:00:00Z");
/// real.simulate(real.sleep_until("2026-03-02T09:01:00Z".parse()?))?;
/// assert_eq!(clock.now().to_string(), "2026-03-04T10:00:00Z", "an hour passes in a minute");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct EmulatorClock {
    inner: Arc<dyn Clock>,
    scale: u32,
    /// What both clocks showed when it was last turned.
    turned: Arc<watch::Sender<Turned>>,
}

#[derive(Debug, Clone, Copy)]
struct Turned {
    inner: Timestamp,
    shown: Timestamp,
}

impl EmulatorClock {
    /// A clock that begins at the inner clock's moment, or at `not_before` if that is later: the last moment
    /// of the records that it goes on with. A scale of 0 counts as 1.
    pub fn new(inner: Arc<dyn Clock>, not_before: Option<Timestamp>, scale: u32) -> Self {
        let now = inner.now();
        let shown = not_before.map_or(now, |moment| moment.max(now));
        let turned = Arc::new(watch::Sender::new(Turned { inner: now, shown }));
        Self { inner, scale: scale.max(1), turned }
    }

    /// How many times as fast as the inner clock it runs.
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// Turns it forward; whoever sleeps until a moment that is past then is woken. Returns the new moment.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let mut now = Timestamp::MIN;
        self.turned.send_modify(|turned| {
            let inner = self.inner.now();
            now = later(
                self.shown(*turned, inner),
                SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX),
            );
            *turned = Turned { inner, shown: now };
        });
        now
    }

    fn shown(&self, turned: Turned, inner: Timestamp) -> Timestamp {
        // A system's clock may be set back; this one stands still meanwhile.
        let passed = inner.duration_since(turned.inner).max(SignedDuration::ZERO);
        let scale = i32::try_from(self.scale).unwrap_or(i32::MAX);
        later(turned.shown, passed.checked_mul(scale).unwrap_or(SignedDuration::MAX))
    }
}

fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Clock for EmulatorClock {
    fn now(&self) -> Timestamp {
        let turned = *self.turned.borrow();
        self.shown(turned, self.inner.now())
    }

    fn sleep_until(&self, moment: Timestamp) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(async move {
            let mut turns = clock.turned.subscribe();
            loop {
                let left = moment.duration_since(clock.now());
                if left <= SignedDuration::ZERO {
                    return;
                }
                let scale = i32::try_from(clock.scale).unwrap_or(i32::MAX);
                // Rounded up, or it would look again and again within the last moment.
                let inner = left / scale + SignedDuration::from_nanos(1);
                let slept = clock.inner.sleep_until(later(clock.inner.now(), inner));
                let turned = std::pin::pin!(turns.changed());
                if let Either::Right((Err(_), sleep)) = select(slept, turned).await {
                    sleep.await;
                }
            }
        })
    }
}

impl fmt::Debug for EmulatorClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorClock")
            .field("now", &self.now())
            .field("scale", &self.scale)
            .finish_non_exhaustive()
    }
}
