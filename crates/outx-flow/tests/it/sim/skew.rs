//! The clock of the machine that outx runs on. It can be wrong, and can be set.

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use outx_transport::{Clock, VirtualClock};
use std::sync::{Arc, Mutex};

/// True time, and by how much the machine's clock is ahead of it, from when on.
#[derive(Clone)]
pub(super) struct Skewed {
    truth: VirtualClock,
    set: Arc<Mutex<Vec<(Timestamp, SignedDuration)>>>,
}

impl Skewed {
    pub(super) fn new(truth: VirtualClock) -> Self {
        Self { truth, set: Arc::default() }
    }

    /// Sets the machine's clock, while no process runs.
    pub(super) fn jump(&self, by: SignedDuration) {
        let now = self.truth.now();
        let ahead = self.ahead(now) + by;
        self.set.lock().unwrap().push((now, ahead));
    }

    /// What the machine's clock showed at a true moment.
    pub(super) fn shown(&self, at: Timestamp) -> Timestamp {
        at + self.ahead(at)
    }

    fn ahead(&self, at: Timestamp) -> SignedDuration {
        let set = self.set.lock().unwrap();
        set.iter().rev().find(|(since, _)| *since <= at).map_or(SignedDuration::ZERO, |(_, ahead)| *ahead)
    }
}

impl Clock for Skewed {
    fn now(&self) -> Timestamp {
        self.shown(self.truth.now())
    }

    fn sleep_until(&self, moment: Timestamp) -> BoxFuture<'static, ()> {
        let truth = moment.checked_sub(self.ahead(self.truth.now())).unwrap_or(moment);
        self.truth.sleep_until(truth)
    }
}
