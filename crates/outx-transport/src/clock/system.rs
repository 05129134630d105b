//! The machine's own clock.

use super::Clock;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use std::time::Duration;

/// A sleep is cut into pieces of at most this length, and the clock is looked at after each: timers stand
/// still while a laptop sleeps, the wall clock does not.
const PIECE: Duration = Duration::from_secs(30);

/// The machine's clock, with tokio's timers. Waiting needs a tokio runtime with its timers enabled.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        wall_clock()
    }

    fn sleep_until(&self, moment: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            loop {
                let left = moment.duration_since(wall_clock());
                if !left.is_positive() {
                    return;
                }
                tokio::time::sleep(left.unsigned_abs().min(PIECE)).await;
            }
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the wall clock is read")]
fn wall_clock() -> Timestamp {
    Timestamp::now()
}
