//! Time, passed in.

mod system;
mod virtual_clock;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

pub use system::SystemClock;
pub use virtual_clock::{Stalled, VirtualClock};

/// Where all crates above get the time from, and how they wait.
pub trait Clock: Send + Sync {
    /// The moment.
    fn now(&self) -> Timestamp;

    /// Waits until a moment; returns at once when it is past.
    fn sleep_until(&self, moment: Timestamp) -> BoxFuture<'static, ()>;
}
