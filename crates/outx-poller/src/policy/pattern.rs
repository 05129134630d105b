//! The patterns of asking that can be written down.

use super::pacing::{Verdict, Why, clipped, deadline_after};
use crate::error::PolicyErrorKind;
use crate::moment::later;
use crate::progress::{Phase, Progress};
use jiff::Timestamp;
use std::time::Duration;

/// When to ask, before any limit, jitter or tolerance. A [`Policy`](crate::Policy) is made of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pattern {
    /// What OutX documents: 30 polls, 5 s apart, the first at once. Counted, not timed: slow answers stretch it.
    Documented,
    /// A poll at once, and then one every so often.
    Fixed {
        /// The pause between an answer and the next poll.
        every: Duration,
        /// How long patience lasts.
        timeout: Duration,
    },
    /// A first poll when a result can be expected, and then one every so often.
    DelayThenFixed {
        /// From the creation of the task to the first poll.
        first: Duration,
        /// The pause between an answer and the next poll.
        every: Duration,
        /// How long patience lasts.
        timeout: Duration,
    },
    /// Pauses that grow. For finding results this is the worst of all; it is for tasks of which nobody knows whether they
    /// take seconds or days.
    Exponential {
        /// From the creation of the task to the first poll.
        first: Duration,
        /// The first pause between an answer and the next poll.
        every: Duration,
        /// What each pause is multiplied with for the next.
        factor: Factor,
        /// The longest pause.
        max: Duration,
        /// How long patience lasts.
        timeout: Duration,
    },
    /// One pace while the task waits, another while it is worked on. An unknown word counts as waiting.
    ByPhase {
        /// While it waits.
        pending: Stretch,
        /// While it is worked on.
        processing: Stretch,
        /// How long patience lasts.
        timeout: Duration,
    },
}

/// The pace within one phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stretch {
    /// From the beginning of the phase to its first poll: from the creation of the task while it waits, from the first
    /// sight of somebody's work on it after that.
    pub first: Duration,
    /// The pause between an answer and the next poll after that.
    pub every: Duration,
}

/// What a pause is multiplied with, in thousandths, so that policies can be compared and hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor(u32);

impl Factor {
    const MOST: f64 = 1_000.0;

    /// A factor of 1 to 1000, to three places.
    ///
    /// # Errors
    ///
    /// When it lies outside.
    pub fn new(factor: f64) -> Result<Self, crate::PolicyError> {
        if factor.is_nan() || factor < 1.0 {
            return Err(crate::PolicyError::new(PolicyErrorKind::Shrinking));
        }
        if factor > Self::MOST {
            return Err(crate::PolicyError::new(PolicyErrorKind::TooFast));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1,000 to 1,000,000")]
        Ok(Self((factor * 1_000.0).round() as u32))
    }

    /// As a number.
    pub fn get(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }

    /// A duration multiplied so many times, but at most `max`.
    fn grown(self, from: Duration, mut times: u32, max: Duration) -> Duration {
        // By squaring, in steps that are the same on every machine.
        let (mut grown, mut power) = (from.as_secs_f64(), self.get());
        while times > 0 && grown < max.as_secs_f64() {
            if times % 2 == 1 {
                grown *= power;
            }
            power *= power;
            times /= 2;
        }
        Duration::try_from_secs_f64(grown).unwrap_or(max).min(max)
    }
}

impl Pattern {
    /// How often the documented pattern asks.
    pub const DOCUMENTED_POLLS: u32 = 30;
    /// The documented pattern's pause.
    pub const DOCUMENTED_EVERY: Duration = Duration::from_secs(5);

    /// What is wrong with it, if anything is.
    pub(super) fn problem(&self) -> Option<PolicyErrorKind> {
        let named = match *self {
            Self::Exponential { first, every, max, timeout, .. } => [first, every, max, timeout],
            Self::ByPhase { pending, processing, .. } => {
                [pending.every, processing.every, pending.first.max(processing.first), self.timeout()]
            }
            _ => [self.first(), self.every(), Duration::ZERO, self.timeout()],
        };
        if self.every().is_zero() {
            return Some(PolicyErrorKind::NoPause);
        }
        if named.iter().any(|long| *long > super::Policy::LONGEST) {
            return Some(PolicyErrorKind::TooLong);
        }
        if self.first() > self.timeout() {
            return Some(PolicyErrorKind::FirstAfterTimeout);
        }
        match *self {
            Self::Exponential { every, max, .. } if max < every => Some(PolicyErrorKind::MaxBelowEvery),
            _ => None,
        }
    }

    /// From the creation of the task to the first poll.
    pub fn first(&self) -> Duration {
        match *self {
            Self::Documented | Self::Fixed { .. } => Duration::ZERO,
            Self::DelayThenFixed { first, .. } | Self::Exponential { first, .. } => first,
            Self::ByPhase { pending, .. } => pending.first,
        }
    }

    /// The shortest pause between an answer and the next poll.
    pub fn every(&self) -> Duration {
        match *self {
            Self::Documented => Self::DOCUMENTED_EVERY,
            Self::Fixed { every, .. }
            | Self::DelayThenFixed { every, .. }
            | Self::Exponential { every, .. } => every,
            Self::ByPhase { pending, processing, .. } => {
                pending.every.min(processing.every).min(processing.first)
            }
        }
    }

    /// How long patience lasts.
    pub fn timeout(&self) -> Duration {
        match *self {
            Self::Documented => Self::DOCUMENTED_EVERY * Self::DOCUMENTED_POLLS,
            Self::Fixed { timeout, .. }
            | Self::DelayThenFixed { timeout, .. }
            | Self::Exponential { timeout, .. }
            | Self::ByPhase { timeout, .. } => timeout,
        }
    }

    /// When patience ends, if it does.
    pub(super) fn deadline(&self, progress: &Progress) -> Option<Timestamp> {
        (*self != Self::Documented).then(|| deadline_after(progress, self.timeout()))
    }

    pub(super) fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        if progress.polls() == 0 {
            return Verdict::PollAt(self.first_poll(progress));
        }
        self.at(self.next(progress, now), progress, now)
    }

    /// A poll at this moment, if any more is asked.
    pub(super) fn at(&self, moment: Timestamp, progress: &Progress, now: Timestamp) -> Verdict {
        if *self == Self::Documented && progress.polls() >= Self::DOCUMENTED_POLLS {
            return Verdict::Exhausted(Why::Polls);
        }
        clipped(moment, self.deadline(progress), now)
    }

    fn next(&self, progress: &Progress, now: Timestamp) -> Timestamp {
        match *self {
            Self::Exponential { every, factor, max, .. } => {
                later(now, factor.grown(every, progress.polls().saturating_sub(1), max))
            }
            Self::ByPhase { pending, processing, .. } => {
                if progress.phase() != Phase::Processing {
                    return later(now, pending.every);
                }
                let expected = later(progress.phase_since(), processing.first);
                if now < expected {
                    expected.max(later(now, processing.every.min(processing.first)))
                } else {
                    later(now, processing.every)
                }
            }
            _ => later(now, self.every()),
        }
    }

    /// A task whose following was taken up late is overdue and asked about at once; one that seems to have
    /// been created in the future, because the clock was set back, waits no longer than a new one.
    fn first_poll(&self, progress: &Progress) -> Timestamp {
        let since = progress.since();
        later(progress.created_at(), self.first()).clamp(since, later(since, self.first()))
    }
}
