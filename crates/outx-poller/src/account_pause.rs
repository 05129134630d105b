//! An account that cannot be asked for, and when to see whether that is over.

use crate::moment::{later, span_between};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The pause of an account whose browser extension sleeps: every poll of every task of it would be refused alike. Nobody
/// asks meanwhile but one, slowly, with one of its tickets: to see whether it is over, a task is polled and never
/// created.
///
/// It is pure, and a driver's to keep, one for each account: [`began`](Self::began) with the first refusal,
/// [`probed`](Self::probed) with each that follows. When a probe is answered otherwise, the pause is over, and each task of
/// the account is [excused](crate::Follow::excuse) from its beginning to that answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AccountPause {
    since: Timestamp,
    probe_at: Timestamp,
    probes: u32,
}

impl AccountPause {
    /// From the first refusal to the first probe.
    pub const FIRST_PROBE: Duration = Duration::from_mins(1);
    /// The pauses between probes double up to this.
    pub const SLOWEST_PROBE: Duration = Duration::from_mins(15);

    /// The account was refused for the first time.
    pub fn began(now: Timestamp) -> Self {
        Self { since: now, probe_at: later(now, Self::FIRST_PROBE), probes: 0 }
    }

    /// A probe was refused as well.
    pub fn probed(&mut self, now: Timestamp) {
        self.probes = self.probes.saturating_add(1);
        let pause = Self::FIRST_PROBE.saturating_mul(1 << self.probes.min(16)).min(Self::SLOWEST_PROBE);
        self.probe_at = later(now, pause);
    }

    /// When the account was refused for the first time.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// When to look whether it is over.
    pub fn probe_at(&self) -> Timestamp {
        self.probe_at
    }

    /// How many probes were refused.
    pub fn probes(&self) -> u32 {
        self.probes
    }

    /// How long it lasts already.
    pub fn length(&self, now: Timestamp) -> Duration {
        span_between(self.since, now)
    }
}
