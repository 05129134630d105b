//! Following one task as a pure state machine: what was seen, and when to ask again.

use crate::checkpoint::Checkpoint;
use crate::moment::{Moment, later, span_between};
use crate::outcome::{Outcome, Pause};
use crate::policy::{Pace, Verdict, Why};
use crate::progress::Progress;
use crate::source::{Handle, Seen};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// Errors are backed off from the policy's pause, but at least from this: a policy of 10 ms must outlive a
/// blip of the network.
const BACK_OFF_FROM: Duration = Duration::from_millis(250);
/// The longest pause after an error, unless the policy's own is longer.
const BACK_OFF_TO: Duration = Duration::from_mins(1);
/// Without a deadline, a service that wants to be left alone for longer than this ends following.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// Follows one task. It decides and does nothing else: a driver ([`Poller`](crate::Poller),
/// [`Fleet`](crate::Fleet), or an engine of your own) waits until [`due`](Self::due), says that it asks, and tells what
/// was seen.
///
/// Errors while polling are not the task's errors. An answer from which nothing can be concluded is waited
/// out with growing pauses until patience ends; what else is put up with is the policy's
/// [`Tolerance`](crate::Tolerance). An answer about the account (key, extension) ends in that pause at once; where the
/// driver rather holds the account until it is over, see [`AccountPause`](crate::AccountPause), it goes on with the same
/// follow afterwards.
#[derive(Debug, Clone)]
pub struct Follow {
    progress: Progress,
    pace: Pace,
    /// Only while something is wrong.
    trouble: Option<Box<Trouble>>,
    /// When the next poll is due, or when the one under way began.
    mark: Moment,
    asking: bool,
}

/// What went wrong since the task was last seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trouble {
    /// With the last poll.
    pub(crate) why: Box<str>,
    /// When the first of the polls without an answer began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) silent_since: Option<Timestamp>,
    /// How many were not answered in a row.
    pub(crate) unanswered: u32,
    /// How many in a row were told that there is no such task.
    pub(crate) not_found: u32,
    /// How many in a row told nothing about the task: what the pauses grow with.
    pub(crate) in_a_row: u32,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub enum Step<O = Value> {
    /// Ask at this moment.
    PollAt(Timestamp),
    /// Following ends.
    Done(Outcome<O>),
}

impl Follow {
    /// Begins to follow a ticket; patience begins now.
    pub fn new(pace: impl Into<Pace>, ticket: &impl Handle, now: Timestamp) -> Self {
        let progress = Progress::new(ticket.created_at(), now, Progress::seed_of(ticket.id()));
        let pace = pace.into();
        let mark = match pace.verdict(&progress, now) {
            Verdict::PollAt(moment) => moment,
            Verdict::Exhausted(_) => now,
        };
        Self { progress, pace, trouble: None, mark: Moment::not_before(mark), asking: false }
    }

    /// Goes on from what was written down.
    ///
    /// A poll whose answer is not known counts as one that said nothing. Where it was the last that patience allowed, there
    /// is one more, after the policy's pause: its answer would have been heard. Where it was the last of a number, there is
    /// none, see [`is_spent`](Self::is_spent).
    pub fn resume<K>(pace: impl Into<Pace>, checkpoint: &Checkpoint<K>) -> Self {
        let (pace, asked) = (pace.into(), checkpoint.mark);
        let (progress, due) = if checkpoint.asking {
            let progress = checkpoint.progress.polled();
            match after_trouble(&pace, &progress, asked, pace.pause()) {
                Verdict::PollAt(moment) => (progress, moment),
                Verdict::Exhausted(_) => (progress, later(asked, pace.pause())),
            }
        } else {
            (checkpoint.progress, asked)
        };
        let trouble = checkpoint.trouble.clone().map(Box::new);
        Self { progress, pace, trouble, mark: Moment::not_before(due), asking: false }
    }

    /// True when the number of polls that the policy allows is used up, so that nothing may be asked any more.
    pub fn is_spent(&self) -> bool {
        let verdict = self.pace.after_pause(&self.progress, self.due(), Duration::ZERO);
        self.polls() > 0 && verdict == Verdict::Exhausted(Why::Polls)
    }

    /// When to ask next; while a poll is under way, when it began.
    pub fn due(&self) -> Timestamp {
        self.mark.into()
    }

    /// True while a poll is under way.
    pub fn is_asking(&self) -> bool {
        self.asking
    }

    /// Notes that a poll begins.
    pub fn ask(&mut self, now: Timestamp) {
        self.mark = now.into();
        self.asking = true;
    }

    /// What is known of the task.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The policy.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// How many polls were seen.
    pub fn polls(&self) -> u32 {
        self.progress.polls()
    }

    /// What went wrong with the last poll, where that told nothing about the task.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref().map(|trouble| &*trouble.why)
    }

    pub(crate) fn troubles(&self) -> Option<&Trouble> {
        self.trouble.as_deref()
    }

    /// Takes that the account is paused, as a poll was told, where the driver waits that out instead of ending: the next
    /// poll is at the given moment. It uses up nothing of the task's.
    pub fn hold(&mut self, why: String, until: Timestamp) {
        self.answered(why);
        self.mark = Moment::not_before(until);
        self.asking = false;
    }

    /// Puts the next poll off until a moment, or brings it forward.
    pub fn wait_until(&mut self, moment: Timestamp) {
        self.mark = Moment::not_before(moment);
        self.asking = false;
    }

    /// Notes that the account was paused from one moment to another: no clock of the task's ran then. Only what lies in
    /// the time of following counts.
    pub fn excuse(&mut self, from: Timestamp, to: Timestamp) {
        let from = from.max(self.progress.since());
        self.progress = self.progress.excused(span_between(from, to));
    }

    /// When patience ends, if it ever does.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.pace.deadline(&self.progress)
    }

    /// Takes a poll that was not answered while nobody is answered there, whatever the task: it uses up nothing of what
    /// is put up with, and the next one comes after the usual pause.
    pub fn overlook<O>(&mut self, why: String, now: Timestamp) -> Step<O> {
        self.progress = self.progress.polled();
        self.wrong(why).silent_since = None;
        let verdict = self.pace.after_pause(&self.progress, now, self.pace.pause().max(BACK_OFF_FROM));
        self.asking = false;
        match verdict {
            Verdict::PollAt(moment) => {
                self.mark = Moment::not_before(moment);
                Step::PollAt(self.due())
            }
            Verdict::Exhausted(_) => Step::Done(Outcome::StillPending(Pause::Network)),
        }
    }

    /// Takes what a poll saw, at the moment when it saw it, and says what to do next.
    ///
    /// After an end that is none ([`Outcome::StillPending`]) it may go on all the same, if the driver knows better: it
    /// says when by [`wait_until`](Self::wait_until).
    pub fn observe<O>(&mut self, seen: Seen<O>, now: Timestamp) -> Step<O> {
        let began = if self.asking { self.due() } else { now };
        let step = self.decide(seen, began, now);
        self.asking = false;
        match step {
            Step::PollAt(moment) => {
                self.mark = Moment::not_before(moment);
                Step::PollAt(self.due())
            }
            Step::Done(Outcome::StillPending(Pause::RateLimited { until })) => {
                // Whoever goes on with it keeps to that.
                self.mark = Moment::not_before(until);
                Step::Done(Outcome::StillPending(Pause::RateLimited { until }))
            }
            done @ Step::Done(_) => done,
        }
    }

    fn decide<O>(&mut self, seen: Seen<O>, began: Timestamp, now: Timestamp) -> Step<O> {
        self.progress = self.progress.polled();
        match seen {
            Seen::Completed(output) => {
                self.trouble = None;
                Step::Done(Outcome::Completed(output))
            }
            Seen::Failed { reason, raw } => {
                self.trouble = None;
                Step::Done(Outcome::Failed { reason, raw })
            }
            Seen::Alive(phase) => {
                self.trouble = None;
                self.progress = self.progress.saw(phase, now);
                step(self.pace.verdict(&self.progress, now), Pause::Patience)
            }
            Seen::NotFound(why) => {
                let (tolerance, age) = (self.pace.tolerance(), self.progress.age(now));
                let trouble = self.answered(why);
                trouble.not_found = trouble.not_found.saturating_add(1);
                // A task that was just created may not be visible yet; a short policy must not give it up at once.
                if trouble.not_found >= tolerance.not_found && age >= tolerance.grace {
                    return Step::Done(Outcome::Unobtainable(trouble.why.to_string()));
                }
                step(self.back_off(now), Pause::Patience)
            }
            Seen::Unobtainable(why) => {
                self.answered(why.clone());
                Step::Done(Outcome::Unobtainable(why))
            }
            Seen::Paused(pause, why) => {
                self.answered(why);
                Step::Done(Outcome::StillPending(pause))
            }
            Seen::TooOften { not_before, why } => {
                self.answered(why);
                let verdict = self.back_off(now);
                self.not_before(verdict, not_before, now)
            }
            Seen::Unreadable(why) => {
                self.answered(why);
                step(self.back_off(now), Pause::Patience)
            }
            Seen::Unanswered(why) => self.unanswered(why, began, now),
            Seen::Unaskable(why) => {
                self.wrong(why);
                Step::Done(Outcome::StillPending(Pause::Network))
            }
        }
    }

    /// Somebody answered, but nothing about the task.
    fn answered(&mut self, why: String) -> &mut Trouble {
        let trouble = self.wrong(why);
        trouble.unanswered = 0;
        trouble.silent_since = None;
        trouble
    }

    fn wrong(&mut self, why: String) -> &mut Trouble {
        let why = why.into_boxed_str();
        let trouble = self.trouble.get_or_insert_with(|| {
            let why = Box::from("");
            Box::new(Trouble { why, silent_since: None, unanswered: 0, not_found: 0, in_a_row: 0 })
        });
        trouble.why = why;
        trouble
    }

    fn unanswered<O>(&mut self, why: String, began: Timestamp, now: Timestamp) -> Step<O> {
        let tolerance = self.pace.tolerance();
        let trouble = self.wrong(why);
        trouble.unanswered = trouble.unanswered.saturating_add(1);
        let silent_since = *trouble.silent_since.get_or_insert(began);
        let silence_ends = tolerance.silence.map(|silence| later(silent_since, silence));
        if trouble.unanswered >= tolerance.unanswered || silence_ends.is_some_and(|end| now >= end) {
            return Step::Done(Outcome::StillPending(Pause::Network));
        }
        let verdict = match (self.back_off(now), silence_ends) {
            // The last pause is cut: one poll falls on the end of silence.
            (Verdict::PollAt(moment), Some(end)) => Verdict::PollAt(moment.min(end)),
            (verdict, _) => verdict,
        };
        // At the end of patience nobody knows how the task stands: that is the network's pause.
        match verdict {
            Verdict::Exhausted(_) => Step::Done(Outcome::StillPending(Pause::Network)),
            Verdict::PollAt(moment) => Step::PollAt(moment),
        }
    }

    /// What the service said is a lower bound: it makes a pause longer and never shorter.
    fn not_before<O>(&self, verdict: Verdict, not_before: Option<Timestamp>, now: Timestamp) -> Step<O> {
        let Some(until) = not_before.filter(|until| *until > now) else {
            return step(verdict, Pause::Patience);
        };
        let end = self.pace.deadline(&self.progress).unwrap_or_else(|| later(now, LONGEST_WAIT));
        match verdict {
            Verdict::PollAt(moment) if until <= end => Step::PollAt(moment.max(until)),
            _ => Step::Done(Outcome::StillPending(Pause::RateLimited { until })),
        }
    }

    fn back_off(&mut self, now: Timestamp) -> Verdict {
        let in_a_row = self.trouble.as_mut().map_or(0, |trouble| {
            let before = trouble.in_a_row;
            trouble.in_a_row = before.saturating_add(1);
            before
        });
        let from = self.pace.pause().max(BACK_OFF_FROM);
        let grown = from.saturating_mul(1 << in_a_row.min(16));
        after_trouble(&self.pace, &self.progress, now, grown.min(BACK_OFF_TO.max(from)))
    }
}

/// When to ask after a poll that said nothing: after a pause of its own length, and no sooner than if it had said that the
/// task is pending.
fn after_trouble(pace: &Pace, progress: &Progress, now: Timestamp, pause: Duration) -> Verdict {
    match (pace.after_pause(progress, now, pause), pace.verdict(progress, now)) {
        (Verdict::PollAt(one), Verdict::PollAt(other)) => Verdict::PollAt(one.max(other)),
        (verdict, _) => verdict,
    }
}

fn step<O>(verdict: Verdict, at_the_end: Pause) -> Step<O> {
    match verdict {
        Verdict::PollAt(moment) => Step::PollAt(moment),
        Verdict::Exhausted(Why::Polls) => Step::Done(Outcome::StillPending(Pause::Polls)),
        Verdict::Exhausted(Why::Patience) => Step::Done(Outcome::StillPending(at_the_end)),
    }
}
