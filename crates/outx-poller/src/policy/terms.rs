//! What holds besides a pattern, also around a policy of one's own.

use super::pacing::{Pacing, Tolerance, Verdict, Why, clipped, deadline_after};
use crate::moment::{later, span_between};
use crate::progress::Progress;
use jiff::Timestamp;
use std::num::NonZeroU32;
use std::time::Duration;

/// How far a jittered pause lies from the policy's own at most: a tenth.
const JITTER: f64 = 0.1;

/// Another policy, with so many polls at most. Made by [`Pacing::at_most`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limited<P> {
    pub(super) inner: P,
    pub(super) polls: NonZeroU32,
}

/// Another policy, with patience for so long at most. Made by [`Pacing::within`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Within<P> {
    pub(super) inner: P,
    pub(super) patience: Duration,
}

/// Another policy, with each pause up to a tenth longer or shorter. Made by [`Pacing::jittered`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Jittered<P> {
    pub(super) inner: P,
}

/// Another policy, putting up with more or with less. Made by [`Pacing::tolerating`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tolerant<P> {
    pub(super) inner: P,
    pub(super) tolerance: Tolerance,
}

/// A verdict, unless the polls are used up.
pub(super) fn limited(verdict: Verdict, progress: &Progress, polls: Option<NonZeroU32>) -> Verdict {
    match polls {
        Some(polls) if progress.polls() >= polls.get() => Verdict::Exhausted(Why::Polls),
        _ => verdict,
    }
}

/// A verdict with a pause up to a tenth longer or shorter, by the task's own chance of this turn. It never names a moment
/// before the answer, nor one beyond the deadline; the poll at the deadline stays there.
pub(super) fn jittered(
    verdict: Verdict,
    progress: &Progress,
    deadline: Option<Timestamp>,
    now: Timestamp,
) -> Verdict {
    let Verdict::PollAt(moment) = verdict else { return verdict };
    let pause = span_between(now, moment);
    if pause.is_zero() || deadline == Some(moment) {
        return verdict;
    }
    let jittered = pause.mul_f64(1.0 - JITTER + 2.0 * JITTER * progress.chance());
    Verdict::PollAt(later(now, jittered).min(deadline.unwrap_or(Timestamp::MAX)))
}

impl<P: Pacing> Pacing for Limited<P> {
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        limited(self.inner.verdict(progress, now), progress, Some(self.polls))
    }

    fn deadline(&self, progress: &Progress) -> Option<Timestamp> {
        self.inner.deadline(progress)
    }

    fn pause(&self) -> Duration {
        self.inner.pause()
    }

    fn after_pause(&self, progress: &Progress, now: Timestamp, pause: Duration) -> Verdict {
        limited(self.inner.after_pause(progress, now, pause), progress, Some(self.polls))
    }

    fn tolerance(&self) -> Tolerance {
        self.inner.tolerance()
    }

    fn gain(&self, progress: &Progress, now: Timestamp) -> f32 {
        self.inner.gain(progress, now)
    }
}

impl<P: Pacing> Within<P> {
    fn cut(&self, verdict: Verdict, progress: &Progress, now: Timestamp) -> Verdict {
        match (verdict, self.deadline(progress)) {
            // One poll there is, however short patience is.
            (Verdict::PollAt(moment), Some(deadline)) if progress.polls() == 0 => {
                Verdict::PollAt(moment.min(deadline))
            }
            (Verdict::PollAt(moment), deadline) => clipped(moment, deadline, now),
            (exhausted @ Verdict::Exhausted(_), _) => exhausted,
        }
    }
}

impl<P: Pacing> Pacing for Within<P> {
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        self.cut(self.inner.verdict(progress, now), progress, now)
    }

    fn deadline(&self, progress: &Progress) -> Option<Timestamp> {
        let own = deadline_after(progress, self.patience);
        Some(self.inner.deadline(progress).map_or(own, |deadline| deadline.min(own)))
    }

    fn pause(&self) -> Duration {
        self.inner.pause()
    }

    fn after_pause(&self, progress: &Progress, now: Timestamp, pause: Duration) -> Verdict {
        self.cut(self.inner.after_pause(progress, now, pause), progress, now)
    }

    fn tolerance(&self) -> Tolerance {
        self.inner.tolerance()
    }

    fn gain(&self, progress: &Progress, now: Timestamp) -> f32 {
        self.inner.gain(progress, now)
    }
}

impl<P: Pacing> Pacing for Jittered<P> {
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        jittered(self.inner.verdict(progress, now), progress, self.deadline(progress), now)
    }

    fn deadline(&self, progress: &Progress) -> Option<Timestamp> {
        self.inner.deadline(progress)
    }

    fn pause(&self) -> Duration {
        self.inner.pause()
    }

    fn after_pause(&self, progress: &Progress, now: Timestamp, pause: Duration) -> Verdict {
        let verdict = self.inner.after_pause(progress, now, pause);
        jittered(verdict, progress, self.deadline(progress), now)
    }

    fn tolerance(&self) -> Tolerance {
        self.inner.tolerance()
    }

    fn gain(&self, progress: &Progress, now: Timestamp) -> f32 {
        self.inner.gain(progress, now)
    }
}

impl<P: Pacing> Pacing for Tolerant<P> {
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        self.inner.verdict(progress, now)
    }

    fn deadline(&self, progress: &Progress) -> Option<Timestamp> {
        self.inner.deadline(progress)
    }

    fn pause(&self) -> Duration {
        self.inner.pause()
    }

    fn after_pause(&self, progress: &Progress, now: Timestamp, pause: Duration) -> Verdict {
        self.inner.after_pause(progress, now, pause)
    }

    fn tolerance(&self) -> Tolerance {
        self.tolerance
    }

    fn gain(&self, progress: &Progress, now: Timestamp) -> f32 {
        self.inner.gain(progress, now)
    }
}
