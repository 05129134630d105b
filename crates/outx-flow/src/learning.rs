//! What learns how long tasks take.

use jiff::{SignedDuration, Timestamp};
use outx_model::{AccountId, Call};
use outx_poller::law::{AccountSort, LawKey, Laws, Sample};
use outx_poller::{Followed, Outcome, Pace, Phase, Progress, Verdict};
use std::sync::Arc;

/// A following that begins later than this after the creation of its task is not its first: 10 s.
const FIRST: SignedDuration = SignedDuration::from_secs(10);

/// Whoever comes later than this with the last of some polls was away meanwhile, such as a machine that was asleep: 5 min,
/// and a quarter of the time that was looked, since each answer takes its time and makes the next poll later. A crowd of
/// tasks and errors on the way make less of it.
const AWAY: SignedDuration = SignedDuration::from_mins(5);
const PART: i32 = 4;

/// What learns how long an account's tasks take.
#[derive(Debug, Clone)]
pub struct Learning {
    /// Where it is kept.
    pub laws: Arc<dyn Laws>,
    /// Where the account's service is.
    pub origin: String,
    /// What sort of account it is. Only a live one teaches anything.
    pub sort: AccountSort,
}

impl Learning {
    /// By what it is kept how long the tasks of an endpoint take.
    pub fn key(&self, account: &AccountId, endpoint: Call) -> LawKey {
        LawKey { origin: self.origin.clone(), account: account.clone(), endpoint }
    }

    /// What the following of a task by a policy has shown, if it began with the task: that it ended between two looks, or
    /// that it was still pending at the last one. Nothing where nobody could look for long, since a machine that sleeps
    /// may also have been the one that does the work.
    ///
    /// So each task is one sample. What is seen of it later, when its run is taken up again, shows nothing: while nobody
    /// looked it may have ended at any time, and what the first following has shown is counted already.
    pub fn sample<T>(&self, followed: &Followed<T>, pace: &Pace) -> Option<Sample> {
        match followed.outcome {
            Outcome::Completed(_) | Outcome::Failed { .. } => {
                self.end(followed, pace).filter(|_| is_first(&followed.progress))
            }
            _ => self.left(&followed.progress, pace),
        }
    }

    /// What the following of a task has shown that was ended before the task was seen to, if it began with the task: that
    /// it was still pending when it was seen last.
    pub fn left(&self, progress: &Progress, pace: &Pace) -> Option<Sample> {
        let is_known = is_first(progress) && !was_away(progress, progress.last_seen()?, pace);
        is_known.then(|| Sample::pending(self.sort, progress)).flatten()
    }

    /// What the end of a task has shown, whenever its following began; none where it was not seen to end.
    pub fn end<T>(&self, followed: &Followed<T>, pace: &Pace) -> Option<Sample> {
        let is_end = matches!(followed.outcome, Outcome::Completed(_) | Outcome::Failed { .. });
        let is_end = is_end && !was_away(&followed.progress, followed.at, pace);
        let progress = &followed.progress;
        // No account is held while it is followed, so that no time was left out between the last look and the end.
        is_end.then(|| Sample::ended(self.sort, progress, progress, followed.at)).flatten()
    }
}

/// Whether a following began with its task.
fn is_first(progress: &Progress) -> bool {
    progress.since().duration_since(progress.created_at()) <= FIRST
}

/// Whether what was seen at a moment came much later than the policy wanted so many polls.
fn was_away(progress: &Progress, at: Timestamp, pace: &Pace) -> bool {
    let (mut meant, mut moment) = (unasked(progress), progress.since());
    for _ in 0..progress.polls() {
        let Verdict::PollAt(next) = pace.verdict(&meant, moment) else { break };
        moment = moment.max(next);
        meant = meant.polled().saw(Phase::Pending, moment);
    }
    let paused = SignedDuration::try_from(progress.paused()).unwrap_or(SignedDuration::MAX);
    let looked = at.duration_since(progress.since());
    at.duration_since(moment).saturating_sub(paused) > AWAY.max(looked / PART)
}

/// What was known of the task before the first poll.
fn unasked(progress: &Progress) -> Progress {
    Progress::new(progress.created_at(), progress.since(), progress.seed()).excused(progress.paused())
}

#[cfg(test)]
mod tests {
    use super::*;
    use outx_poller::Policy;
    use std::time::Duration;

    /// Whether it looks as if nobody was there, after polls whose answers took so long each, and a while in which there were
    /// none.
    fn is_away(answers_after: Duration, polls: u32, slept: Duration) -> bool {
        let policy = Policy::fixed(Duration::from_millis(3_500), Duration::from_hours(3)).unwrap();
        let (pace, begun) = (Pace::from(policy), Timestamp::UNIX_EPOCH);
        let (mut progress, mut at) = (Progress::new(begun, begun, 0), begun);
        for _ in 0..polls {
            let Verdict::PollAt(next) = pace.verdict(&progress, at) else { panic!("patience is over") };
            at = next + answers_after;
            progress = progress.polled().saw(Phase::Pending, at);
        }
        was_away(&progress, at + slept, &pace)
    }

    #[test]
    fn a_long_task_whose_answers_take_their_time_is_no_sleep() {
        let answer = Duration::from_millis(500);
        assert!([10, 100, 1_000, 2_000].iter().all(|polls| !is_away(answer, *polls, Duration::ZERO)));
        assert!(is_away(answer, 10, Duration::from_mins(6)));
        assert!(is_away(answer, 100, Duration::from_hours(1)));
    }
}
