//! Polls of least expected cost under a completion law.

use super::data::Policy;
use super::pacing::{Pacing, Verdict, clipped, deadline_after};
use crate::error::{PolicyError, PolicyErrorKind};
use crate::law::Law;
use crate::moment::later;
use crate::progress::Progress;
use crate::schedule::Schedule;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Polls when a [`Schedule`] says so: rarely while few tasks end, often while many do.
///
/// It is cheap to clone, as the schedule is shared. What was missed, because the process was away, is
/// made up for by one poll at once, and then the schedule goes on from the task's age.
///
/// ```
/// use outx_poller::law::Law;
/// use outx_poller::schedule::{Aim, Bounds, Schedule};
/// use outx_poller::{Hazard, Pacing, Progress, Verdict};
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let schedule = Arc::new(Schedule::new(&Law::prior(), Aim::default(), Bounds::default()));
/// let policy = Hazard::new(schedule, Duration::from_mins(5))?;
/// let created: jiff::Timestamp = "2026-03-02T09:00:00Z".parse()?;
/// let task = Progress::new(created, created, 0);
/// let Verdict::PollAt(first) = policy.verdict(&task, created) else { panic!("patience is not over") };
/// assert_eq!(first.duration_since(created).as_secs(), 13);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Hazard {
    schedule: Arc<Schedule>,
    timeout: Duration,
}

impl Hazard {
    /// A policy by a schedule, with so much patience.
    ///
    /// # Errors
    ///
    /// When patience is longer than [`Policy::LONGEST`].
    pub fn new(schedule: Arc<Schedule>, timeout: Duration) -> Result<Self, PolicyError> {
        if timeout > Policy::LONGEST {
            return Err(PolicyError::new(PolicyErrorKind::TooLong));
        }
        Ok(Self { schedule, timeout })
    }

    /// The law by which it polls. Its version belongs in the ticket.
    pub fn law(&self) -> &Law {
        self.schedule.law()
    }

    /// The schedule.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// How long patience lasts.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How old the task was when it was last seen not to have ended.
    fn seen(progress: &Progress) -> Duration {
        progress.last_seen().map_or(Duration::ZERO, |seen| progress.age(seen))
    }
}

impl Pacing for Hazard {
    fn verdict(&self, progress: &Progress, now: Timestamp) -> Verdict {
        let next = self.schedule.after(Self::seen(progress));
        let wait = next.saturating_sub(progress.age(now));
        let (moment, deadline) = (later(now, wait), deadline_after(progress, self.timeout));
        if progress.polls() == 0 {
            // One poll there is, however short patience is.
            return Verdict::PollAt(moment.min(deadline));
        }
        clipped(moment, Some(deadline), now)
    }

    fn deadline(&self, progress: &Progress) -> Option<Timestamp> {
        Some(deadline_after(progress, self.timeout))
    }

    /// That at the age by which half of the tasks have ended.
    fn pause(&self) -> Duration {
        let age = self.law().quantile(0.5).unwrap_or(Duration::from_secs(30));
        self.schedule.after(age).saturating_sub(age)
    }

    fn gain(&self, progress: &Progress, now: Timestamp) -> f32 {
        let gain = self.law().ended_between(Self::seen(progress), progress.age(now));
        #[expect(clippy::cast_possible_truncation, reason = "a share of 0 to 1, for an order")]
        let gain = gain as f32;
        gain
    }
}
