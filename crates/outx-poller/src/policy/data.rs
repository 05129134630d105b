//! When to ask again, as data.

use super::pacing::{Pacing, Verdict, Why, clipped, deadline_after};
use crate::error::{PolicyError, PolicyErrorKind};
use crate::moment::later;
use crate::progress::Progress;
use jiff::Timestamp;
use jiff::fmt::serde::unsigned_duration::friendly::compact::required as friendly;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// When a task is asked about, and for how long. It is data: it can be written down, compared and sent.
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
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "policy", rename_all = "kebab-case", try_from = "Written")]
pub enum Policy {
    /// What OutX documents: 30 polls, 5 s apart, the first at once; 150 s of patience.
    Documented,
    /// A poll at once, and then one every so often.
    Fixed {
        /// The pause between an answer and the next poll.
        #[serde(with = "friendly")]
        every: Duration,
        /// How long patience lasts.
        #[serde(with = "friendly")]
        timeout: Duration,
    },
    /// A first poll when a result can be expected, and then one every so often.
    DelayThenFixed {
        /// From the creation of the task to the first poll.
        #[serde(with = "friendly")]
        first: Duration,
        /// The pause between an answer and the next poll.
        #[serde(with = "friendly")]
        every: Duration,
        /// How long patience lasts.
        #[serde(with = "friendly")]
        timeout: Duration,
    },
}

/// A policy as it was written, before it is looked at.
#[derive(Deserialize)]
#[serde(tag = "policy", rename_all = "kebab-case", deny_unknown_fields)]
enum Written {
    Documented,
    Fixed {
        #[serde(with = "friendly")]
        every: Duration,
        #[serde(with = "friendly")]
        timeout: Duration,
    },
    DelayThenFixed {
        #[serde(with = "friendly")]
        first: Duration,
        #[serde(with = "friendly")]
        every: Duration,
        #[serde(with = "friendly")]
        timeout: Duration,
    },
}

impl TryFrom<Written> for Policy {
    type Error = PolicyError;

    fn try_from(written: Written) -> Result<Self, PolicyError> {
        match written {
            Written::Documented => Ok(Self::Documented),
            Written::Fixed { every, timeout } => Self::fixed(every, timeout),
            Written::DelayThenFixed { first, every, timeout } => {
                Self::delay_then_fixed(first, every, timeout)
            }
        }
    }
}

impl Default for Policy {
    /// First after 12 s, then every 3.5 s, for 5 minutes.
    ///
    /// For tasks of which nine in ten take 10 to 60 s (lognormal, median 24.5 s) that is about half the
    /// median and then a fixed pause: results are found 1.85 s after they are there, where 5 s fixed needs
    /// 2.50 s, with the same 6.2 polls. The five minutes are twice what OutX documents, because the browser
    /// that does the work may be busy.
    fn default() -> Self {
        Self::DelayThenFixed {
            first: Duration::from_secs(12),
            every: Duration::from_millis(3_500),
            timeout: Duration::from_mins(5),
        }
    }
}

impl Policy {
    /// How often the documented pattern asks.
    pub const DOCUMENTED_POLLS: u32 = 30;
    /// The documented pattern's pause.
    pub const DOCUMENTED_EVERY: Duration = Duration::from_secs(5);
    /// The longest duration that a policy may name: 366 days. What is longer is a mistake.
    pub const LONGEST: Duration = Duration::from_hours(366 * 24);
    /// The shortest pause that is kept, also by a policy that was built without being checked.
    pub const SHORTEST: Duration = Duration::from_millis(1);

    /// A poll at once, and then one every so often.
    ///
    /// # Errors
    ///
    /// When the pause is zero, or a duration is longer than [`LONGEST`](Self::LONGEST).
    pub fn fixed(every: Duration, timeout: Duration) -> Result<Self, PolicyError> {
        Self::Fixed { every, timeout }.checked()
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
        Self::DelayThenFixed { first, every, timeout }.checked()
    }

    /// The policy itself, if it makes sense.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, as the constructors say.
    pub fn checked(self) -> Result<Self, PolicyError> {
        let kind = if self.every().is_zero() {
            PolicyErrorKind::NoPause
        } else if [self.first(), self.every(), self.timeout()].iter().any(|long| *long > Self::LONGEST) {
            PolicyErrorKind::TooLong
        } else if self.first() > self.timeout() {
            PolicyErrorKind::FirstAfterTimeout
        } else {
            return Ok(self);
        };
        Err(PolicyError::new(kind))
    }

    /// From the creation of the task to the first poll.
    pub fn first(&self) -> Duration {
        match *self {
            Self::Documented | Self::Fixed { .. } => Duration::ZERO,
            Self::DelayThenFixed { first, .. } => first,
        }
    }

    /// The pause between an answer and the next poll.
    pub fn every(&self) -> Duration {
        match *self {
            Self::Documented => Self::DOCUMENTED_EVERY,
            Self::Fixed { every, .. } | Self::DelayThenFixed { every, .. } => every,
        }
    }

    /// How long patience lasts.
    pub fn timeout(&self) -> Duration {
        match *self {
            Self::Documented => Self::DOCUMENTED_EVERY * Self::DOCUMENTED_POLLS,
            Self::Fixed { timeout, .. } | Self::DelayThenFixed { timeout, .. } => timeout,
        }
    }

    /// A task whose following was taken up late is overdue and asked about at once; one that seems to have
    /// been created in the future, because the clock was set back, waits no longer than a new one.
    fn first_poll(&self, progress: &Progress) -> Timestamp {
        let since = progress.since();
        later(progress.created_at(), self.first()).clamp(since, later(since, self.first()))
    }
}

impl Pacing for Policy {
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        if progress.polls() == 0 {
            return Verdict::PollAt(self.first_poll(progress));
        }
        self.after_pause(progress, now, self.pause())
    }

    /// Nothing for the documented pattern: it is counted, so that slow answers stretch it.
    fn deadline(&self, progress: &Progress) -> Option<Timestamp> {
        (*self != Self::Documented).then(|| deadline_after(progress, self.timeout()))
    }

    fn pause(&self) -> Duration {
        self.every().max(Self::SHORTEST)
    }

    fn after_pause(&self, progress: &Progress, now: Timestamp, pause: Duration) -> Verdict {
        if *self == Self::Documented && progress.polls() >= Self::DOCUMENTED_POLLS {
            return Verdict::Exhausted(Why::Polls);
        }
        clipped(later(now, pause), self.deadline(progress), now)
    }
}
