//! What asking cost, and what it was good for.

use crate::follow::Step;
use crate::moment::span_between;
use crate::outcome::Outcome;
use crate::progress::Progress;
use jiff::Timestamp;
use outx_transport::Created;
use serde::Serialize;
use std::ops::AddAssign;
use std::time::Duration;

/// What asking cost, and what it was good for. A [`Poller`](crate::Poller) and a [`Fleet`](crate::Fleet) fill one; those of
/// several are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Polls that came back, whatever came of them.
    pub polls: u64,
    /// Those of them that saw nothing new: no end, and no other phase than before.
    pub wasted: u64,
    /// Those of them that nothing could be learned from: no answer, an error, no such task.
    pub troubled: u64,
    /// Polls of a paused account, which are not among `polls`.
    pub probes: u64,
    /// Tasks that were seen to end, well or not.
    pub ended: u64,
    /// Tasks whose following ended while they were pending, or that nothing can be known of.
    pub left: u64,
    /// The sum over the ended tasks of the time within which the end came: from the last sight of the task to the poll that
    /// saw the end. That is the most that finding it can have taken.
    pub latency_bound: Duration,
    /// The longest of these.
    pub longest_bound: Duration,
    /// Creates that were made known by [`created`](Self::created).
    pub creates: u64,
    /// Those of them after which nobody knows whether a task exists.
    pub ambiguous_creates: u64,
}

impl Counts {
    /// Counts one poll: what was known before and after it, what is to be done next, and when it was answered.
    pub fn polled<O>(&mut self, before: &Progress, after: &Progress, step: &Step<O>, now: Timestamp) {
        let ended = matches!(step, Step::Done(Outcome::Completed(_) | Outcome::Failed { .. }));
        self.polls += 1;
        self.wasted += u64::from(!ended && after.phase() == before.phase());
        self.troubled += u64::from(!ended && after.last_seen() == before.last_seen());
        if ended {
            let bound = span_between(before.last_seen().unwrap_or(before.created_at()), now);
            self.ended += 1;
            self.latency_bound = self.latency_bound.saturating_add(bound);
            self.longest_bound = self.longest_bound.max(bound);
        } else if matches!(step, Step::Done(_)) {
            self.left += 1;
        }
    }

    /// Counts a poll that found the account paused still, where that is waited out.
    pub fn probed(&mut self) {
        self.probes += 1;
    }

    /// Counts a create. Whoever creates knows it alone.
    pub fn created(&mut self, created: &Created) {
        self.creates += 1;
        self.ambiguous_creates += u64::from(matches!(created, Created::Unknown(_)));
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.polls += other.polls;
        self.wasted += other.wasted;
        self.troubled += other.troubled;
        self.probes += other.probes;
        self.ended += other.ended;
        self.left += other.left;
        self.latency_bound = self.latency_bound.saturating_add(other.latency_bound);
        self.longest_bound = self.longest_bound.max(other.longest_bound);
        self.creates += other.creates;
        self.ambiguous_creates += other.ambiguous_creates;
    }
}
