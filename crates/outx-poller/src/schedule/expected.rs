//! What a schedule costs under a law, by exact integration.

use crate::law::Law;
use std::time::Duration;

/// What polling by a schedule comes to, in the mean over a law's tasks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Polls for a task.
    pub polls: f64,
    /// Seconds from a task's end to the poll that sees it, over all tasks: those that are not seen to end count as zero.
    pub latency: f64,
    /// The share (0 to 1) of tasks that have not ended at the last poll.
    pub unseen: f64,
}

impl Expected {
    /// Polls and waiting together, in seconds, where a poll is worth so many.
    pub fn cost(&self, poll: f64) -> f64 {
        poll * self.polls + self.latency
    }
}

/// What polls at these ages, which must rise, come to under a law, by exact integration of its pieces.
/// No more than the first 100,000 are looked at, and none once fewer than one task in a thousand million is pending.
pub fn expected(law: &Law, polls: impl IntoIterator<Item = Duration>) -> Expected {
    let mut sum = Expected { polls: 0.0, latency: 0.0, unseen: 1.0 };
    let mut before = 0.0;
    for poll in polls.into_iter().take(100_000) {
        let at = poll.as_secs_f64();
        if sum.unseen < 1e-9 {
            break;
        }
        sum.polls += sum.unseen;
        if at > before {
            sum.latency += law.area(before, at) - (at - before) * law.done_at(before);
            before = at;
        }
        sum.unseen = 1.0 - law.done_at(before);
    }
    sum
}

/// Polls at a fixed pace, the first after one pause, up to an age. The documented pattern (which asks at once, too) is this
/// at 5 s with one poll more.
pub fn every(pause: Duration, until: Duration) -> impl Iterator<Item = Duration> {
    let pause = pause.max(Duration::from_millis(1));
    (1_u32..).map_while(move |n| pause.checked_mul(n)).take_while(move |age| *age <= until)
}
