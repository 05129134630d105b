//! A policy as data.

use super::pacing::{Pacing, Tolerance, Verdict};
use super::pattern::{Factor, Pattern, Stretch};
use super::terms::{jittered, limited};
use super::written::Written;
use crate::error::{PolicyError, PolicyErrorKind};
use crate::moment::later;
use crate::progress::Progress;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::time::Duration;

/// When a task is asked about, and for how long. It is data: it can be written down, compared and sent; and what makes no
/// sense cannot be built.
///
/// Between an answer and the next poll lie at least `every`. Patience ends at `timeout` after following
/// began; the last pause is cut so that one poll falls on that moment. When patience ends, nothing has
/// failed: the task is *still pending*, and its ticket stays good.
///
/// ```
/// use outx_poller::Policy;
/// use std::time::Duration;
///
/// let policy = Policy::fixed(Duration::from_secs(2), Duration::from_secs(90))?;
/// let text = serde_json::to_string(&policy)?;
/// assert_eq!(text, r#"{"policy":"fixed","every":"2s","timeout":"1m 30s"}"#);
/// assert_eq!(serde_json::from_str::<Policy>(&text)?, policy);
///
/// // What makes no sense is refused, also when it is read.
/// assert!(serde_json::from_str::<Policy>(r#"{"policy":"fixed","every":"0s","timeout":"90s"}"#).is_err());
///
/// // What holds besides.
/// let gentle = policy.with_polls(20)?.with_jitter();
/// let text = r#"{"policy":"fixed","every":"2s","timeout":"1m 30s","polls":20,"jitter":true}"#;
/// assert_eq!(serde_json::from_str::<Policy>(text)?, gentle);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Policy {
    pub(super) pattern: Pattern,
    pub(super) polls: Option<NonZeroU32>,
    pub(super) jitter: bool,
    pub(super) tolerance: Tolerance,
}

impl Default for Policy {
    /// First after 12 s, then every 3.5 s, for 5 minutes.
    ///
    /// For tasks of which nine in ten take 10 to 60 s (lognormal, median 24.5 s) that is about half the
    /// median and then a fixed pause: results are found 1.85 s after they are there, where 5 s fixed needs
    /// 2.50 s, with the same 6.2 polls. The five minutes are twice what OutX documents, because the browser
    /// that does the work may be busy.
    fn default() -> Self {
        Self::plain(Pattern::DelayThenFixed {
            first: Duration::from_secs(12),
            every: Duration::from_millis(3_500),
            timeout: Duration::from_mins(5),
        })
    }
}

impl Policy {
    /// The longest duration that a policy may name: 366 days. What is longer is a mistake.
    pub const LONGEST: Duration = Duration::from_hours(366 * 24);

    /// A pattern as it is, if it makes sense.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it: a pause of zero, a first poll after patience has ended, a duration longer than
    /// [`LONGEST`](Self::LONGEST), a longest pause below the first.
    pub fn new(pattern: Pattern) -> Result<Self, PolicyError> {
        match pattern.problem() {
            Some(kind) => Err(PolicyError::new(kind)),
            None => Ok(Self::plain(pattern)),
        }
    }

    fn plain(pattern: Pattern) -> Self {
        Self { pattern, polls: None, jitter: false, tolerance: Tolerance::default() }
    }

    /// What OutX documents: 30 polls, 5 s apart, the first at once.
    pub fn documented() -> Self {
        Self::plain(Pattern::Documented)
    }

    /// A poll at once, and then one every so often.
    ///
    /// # Errors
    ///
    /// When the pause is zero, or a duration is longer than [`LONGEST`](Self::LONGEST).
    pub fn fixed(every: Duration, timeout: Duration) -> Result<Self, PolicyError> {
        Self::new(Pattern::Fixed { every, timeout })
    }

    /// A first poll `first` after the task was created, and then one every so often. `first` zero polls at
    /// once.
    ///
    /// # Errors
    ///
    /// When the pause is zero, the first poll would come after patience has ended, or a duration is longer
    /// than [`LONGEST`](Self::LONGEST).
    pub fn delay_then_fixed(
        first: Duration,
        every: Duration,
        timeout: Duration,
    ) -> Result<Self, PolicyError> {
        Self::new(Pattern::DelayThenFixed { first, every, timeout })
    }

    /// A poll at once, and then pauses that grow from `every` by `factor` up to `max`.
    ///
    /// # Errors
    ///
    /// When the pause is zero, the factor is below 1 or above 1000, `max` is below `every`, or a duration is longer than
    /// [`LONGEST`](Self::LONGEST).
    pub fn exponential(
        every: Duration,
        factor: f64,
        max: Duration,
        timeout: Duration,
    ) -> Result<Self, PolicyError> {
        let (first, factor) = (Duration::ZERO, Factor::new(factor)?);
        Self::new(Pattern::Exponential { first, every, factor, max, timeout })
    }

    /// One pace while the task waits, another while it is worked on.
    ///
    /// # Errors
    ///
    /// When a pause is zero, the first poll would come after patience has ended, or a duration is longer than
    /// [`LONGEST`](Self::LONGEST).
    pub fn by_phase(pending: Stretch, processing: Stretch, timeout: Duration) -> Result<Self, PolicyError> {
        Self::new(Pattern::ByPhase { pending, processing, timeout })
    }

    /// With so many polls at most, whatever patience is left.
    ///
    /// # Errors
    ///
    /// When it is zero.
    pub fn with_polls(self, polls: u32) -> Result<Self, PolicyError> {
        let Some(polls) = NonZeroU32::new(polls) else {
            return Err(PolicyError::new(PolicyErrorKind::ZeroLimit("polls")));
        };
        Ok(Self { polls: Some(polls), ..self })
    }

    /// With another patience. A wait before the first poll that would be longer is cut to it; the documented pattern, which
    /// is counted, becomes a fixed one with its pause.
    ///
    /// # Errors
    ///
    /// When it is longer than [`LONGEST`](Self::LONGEST).
    pub fn with_timeout(self, timeout: Duration) -> Result<Self, PolicyError> {
        let pattern = match self.pattern {
            Pattern::Documented | Pattern::Fixed { .. } => Pattern::Fixed { every: self.every(), timeout },
            Pattern::DelayThenFixed { first, every, .. } => {
                Pattern::DelayThenFixed { first: first.min(timeout), every, timeout }
            }
            Pattern::Exponential { first, every, factor, max, .. } => {
                Pattern::Exponential { first: first.min(timeout), every, factor, max, timeout }
            }
            Pattern::ByPhase { pending, processing, .. } => {
                let pending = Stretch { first: pending.first.min(timeout), ..pending };
                Pattern::ByPhase { pending, processing, timeout }
            }
        };
        Ok(Self { pattern: Self::new(pattern)?.pattern, ..self })
    }

    /// With each pause up to a tenth longer or shorter, so that tasks that were created together are not asked about
    /// together. It depends on the task's id and the number of the poll alone, and costs 0.3 % of latency. Full jitter
    /// (a pause of anything down to zero) costs a third of it and is not offered.
    pub fn with_jitter(self) -> Self {
        Self { jitter: true, ..self }
    }

    /// Putting up with more or with less.
    ///
    /// # Errors
    ///
    /// When a limit of it is zero, or a duration longer than [`LONGEST`](Self::LONGEST).
    pub fn with_tolerance(self, tolerance: Tolerance) -> Result<Self, PolicyError> {
        match tolerance.problem() {
            Some(kind) => Err(PolicyError::new(kind)),
            None => Ok(Self { tolerance, ..self }),
        }
    }

    /// The policy itself, where one attempt may take so long.
    ///
    /// # Errors
    ///
    /// When that is not less than the patience: one slow answer would use up all of it.
    pub fn with_attempt(self, attempt: Duration) -> Result<Self, PolicyError> {
        if attempt >= self.timeout() {
            return Err(PolicyError::new(PolicyErrorKind::AttemptNotBelowTimeout));
        }
        Ok(self)
    }

    /// The pattern.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// From the creation of the task to the first poll.
    pub fn first(&self) -> Duration {
        self.pattern.first()
    }

    /// The shortest pause between an answer and the next poll, before jitter.
    pub fn every(&self) -> Duration {
        self.pattern.every()
    }

    /// How long patience lasts.
    pub fn timeout(&self) -> Duration {
        self.pattern.timeout()
    }

    fn governed(&self, verdict: Verdict, progress: &Progress, now: Timestamp) -> Verdict {
        let verdict = limited(verdict, progress, self.polls);
        if self.jitter { jittered(verdict, progress, self.deadline(progress), now) } else { verdict }
    }
}

impl Pacing for Policy {
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        self.governed(self.pattern.verdict(progress, now), progress, now)
    }

    /// Nothing for the documented pattern, which is counted.
    fn deadline(&self, progress: &Progress) -> Option<Timestamp> {
        self.pattern.deadline(progress)
    }

    fn pause(&self) -> Duration {
        self.every()
    }

    fn after_pause(&self, progress: &Progress, now: Timestamp, pause: Duration) -> Verdict {
        self.governed(self.pattern.at(later(now, pause), progress, now), progress, now)
    }

    fn tolerance(&self) -> Tolerance {
        self.tolerance
    }
}
