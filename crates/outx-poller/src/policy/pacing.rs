//! The open trait of policies.

use super::terms::{Jittered, Limited, Tolerant, Within};
use crate::error::PolicyErrorKind;
use crate::moment::{later, span_between};
use crate::prior;
use crate::progress::Progress;
use jiff::Timestamp;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

/// When to ask again, and for how long. It is pure: what happened, the moment and the chance are passed in, and the same
/// is always answered to the same.
///
/// [`Policy`](crate::Policy) is this as data. A policy of one's own needs the first three methods, and then works wherever
/// a [`Pace`](crate::Pace) is taken.
pub trait Pacing: fmt::Debug + Send + Sync {
    /// Says when to ask, before the first poll or after an answer that was no end. `now` is the moment of that answer.
    ///
    /// A moment that has passed means at once.
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict;

    /// When patience ends, if it ever does. [`Progress::paused`] has to be added; [`deadline_after`] does so.
    fn deadline(&self, progress: &Progress) -> Option<Timestamp>;

    /// The pause that errors back off from: the usual one between an answer and the next poll.
    fn pause(&self) -> Duration;

    /// Says when to ask after a pause of its own length, such as the one after an error. The last pause is cut so that
    /// one poll falls on the deadline.
    fn after_pause(&self, progress: &Progress, now: Timestamp, pause: Duration) -> Verdict {
        clipped(later(now, pause), self.deadline(progress), now)
    }

    /// What is put up with while nothing can be learned about the task.
    fn tolerance(&self) -> Tolerance {
        Tolerance::default()
    }

    /// How probable it is (0 to 1) that a poll now finds the end: what a crowded fleet goes by. Without anything better it
    /// is that of tasks of which nine in ten take 10 to 60 s, with a few stragglers among them of which nothing is known.
    fn gain(&self, progress: &Progress, now: Timestamp) -> f32 {
        let seen = progress.last_seen().unwrap_or(progress.created_at());
        let (age, unseen) = (progress.age(now), span_between(seen, now));
        prior::ended_within(age.saturating_sub(unseen), age)
    }

    /// This policy with so many polls at most.
    fn at_most(self, polls: NonZeroU32) -> Limited<Self>
    where
        Self: Sized,
    {
        Limited { inner: self, polls }
    }

    /// This policy with patience for so long at most.
    fn within(self, patience: Duration) -> Within<Self>
    where
        Self: Sized,
    {
        Within { inner: self, patience }
    }

    /// This policy with each pause up to a tenth longer or shorter, see [`Policy::with_jitter`](crate::Policy::with_jitter).
    fn jittered(self) -> Jittered<Self>
    where
        Self: Sized,
    {
        Jittered { inner: self }
    }

    /// This policy, putting up with more or with less.
    fn tolerating(self, tolerance: Tolerance) -> Tolerant<Self>
    where
        Self: Sized,
    {
        Tolerant { inner: self, tolerance }
    }
}

/// What a policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Ask at this moment.
    PollAt(Timestamp),
    /// No more is asked.
    Exhausted(Why),
}

/// What of a policy is used up. Nothing has failed: the task is still pending, and its ticket stays good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// The time: patience has ended.
    Patience,
    /// The number of polls.
    Polls,
}

/// What is put up with while nothing can be learned about a task. A sight of the task forgets what went before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tolerance {
    /// After so many polls in a row that nobody answered, it is the network.
    pub unanswered: u32,
    /// And also when nobody answered for so long, if this is said: the clock of silence, which begins with the first
    /// poll that was not answered.
    pub silence: Option<Duration>,
    /// After so many answers in a row that there is no such task, there is none,
    pub not_found: u32,
    /// but not before it is so old: a new task may take a moment until it can be seen.
    pub grace: Duration,
}

impl Default for Tolerance {
    /// Five polls without an answer; three times not found, and ten seconds.
    fn default() -> Self {
        Self { unanswered: 5, silence: None, not_found: 3, grace: Duration::from_secs(10) }
    }
}

impl Tolerance {
    /// What is wrong with it, if anything is.
    pub(super) fn problem(&self) -> Option<PolicyErrorKind> {
        let silence = self.silence.unwrap_or(Duration::from_secs(1));
        if self.unanswered == 0 {
            Some(PolicyErrorKind::ZeroLimit("unanswered"))
        } else if self.not_found == 0 {
            Some(PolicyErrorKind::ZeroLimit("not_found"))
        } else if silence.is_zero() {
            Some(PolicyErrorKind::ZeroLimit("silence"))
        } else if silence.max(self.grace) > super::Policy::LONGEST {
            Some(PolicyErrorKind::TooLong)
        } else {
            None
        }
    }
}

/// A deadline so long after following began, the pauses left out.
pub fn deadline_after(progress: &Progress, patience: Duration) -> Timestamp {
    later(later(progress.since(), patience), progress.paused())
}

/// A poll at a moment, or at the deadline if that is sooner; none when the deadline has passed.
pub fn clipped(moment: Timestamp, deadline: Option<Timestamp>, now: Timestamp) -> Verdict {
    match deadline {
        Some(deadline) if now >= deadline => Verdict::Exhausted(Why::Patience),
        Some(deadline) => Verdict::PollAt(moment.min(deadline)),
        None => Verdict::PollAt(moment),
    }
}
