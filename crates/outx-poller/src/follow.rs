//! Following one task as a pure state machine: what was seen, and when to ask again.

use crate::outcome::{Outcome, Pause};
use crate::policy::{Pace, Verdict, Why};
use crate::progress::{Phase, Progress};
use jiff::Timestamp;
use outx_model::{PollAnswer, Refusal, RefusalReason, TaskStatus, Ticket, failure_text};
use outx_transport::{ErrorKind, TransportError};
use std::time::Duration;

/// Errors are backed off from the policy's pause, but at least from this: a policy of 10 ms must outlive a
/// blip of the network.
const BACK_OFF_FROM: Duration = Duration::from_millis(250);
/// The longest pause after an error, unless the policy's own is longer.
const BACK_OFF_TO: Duration = Duration::from_mins(1);

/// Follows one task. It decides and does nothing else: a driver ([`Poller`](crate::Poller),
/// [`Fleet`](crate::Fleet), or an engine of your own) waits, polls, and tells it what was seen.
///
/// Errors while polling are not the task's errors. An answer from which nothing can be concluded is waited
/// out with growing pauses until patience ends; five polls in a row that nobody answered end in
/// [`Pause::Network`]; an answer about the account (key, extension) ends in that pause at once.
#[derive(Debug, Clone)]
pub struct Follow {
    pace: Pace,
    progress: Progress,
    unanswered: u32,
    not_found: u32,
    in_trouble: u32,
    trouble: Option<String>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Ask at this moment.
    PollAt(Timestamp),
    /// Following ends.
    Done(Outcome),
}

impl Follow {
    /// Begins to follow a ticket; patience begins now.
    pub fn new(pace: impl Into<Pace>, ticket: &Ticket, now: Timestamp) -> Self {
        let progress = Progress::new(ticket.created_at, now, Progress::seed_of(ticket.id.as_str()));
        Self { pace: pace.into(), progress, unanswered: 0, not_found: 0, in_trouble: 0, trouble: None }
    }

    /// When to ask for the first time.
    pub fn first(&self) -> Timestamp {
        match self.pace.verdict(&self.progress, self.progress.since()) {
            Verdict::PollAt(moment) => moment,
            Verdict::Exhausted(_) => self.progress.since(),
        }
    }

    /// How many polls were seen.
    pub fn polls(&self) -> u32 {
        self.progress.polls()
    }

    /// What went wrong with the last poll, where that told nothing about the task.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Takes what a poll saw, at the moment when it saw it, and says what to do next.
    pub fn observe(&mut self, seen: Result<PollAnswer, TransportError>, now: Timestamp) -> Step {
        self.progress = self.progress.polled();
        let answer = match seen {
            Ok(answer) => answer,
            Err(error) => return self.unanswered(&error, now),
        };
        self.unanswered = 0;
        match answer {
            PollAnswer::Snapshot(snapshot) => {
                self.not_found = 0;
                self.in_trouble = 0;
                self.trouble = None;
                match snapshot.status {
                    TaskStatus::Completed => Step::Done(Outcome::Completed(snapshot.output)),
                    TaskStatus::Failed => {
                        let reason = failure_text(&snapshot.output);
                        Step::Done(Outcome::Failed { reason, raw: snapshot.output })
                    }
                    // An unknown word is no end.
                    status @ (TaskStatus::Pending | TaskStatus::Processing | TaskStatus::Other(_)) => {
                        let phase = match status {
                            TaskStatus::Pending => Phase::Pending,
                            TaskStatus::Processing => Phase::Processing,
                            _ => Phase::Other,
                        };
                        self.progress = self.progress.saw(phase, now);
                        step(self.pace.verdict(&self.progress, now), Pause::Patience)
                    }
                }
            }
            PollAnswer::NotFound(error) => {
                self.not_found += 1;
                self.trouble = Some(error.to_string());
                if self.not_found >= self.pace.tolerance().not_found {
                    return Step::Done(Outcome::Unobtainable(error.to_string()));
                }
                // A task that was just created may not be visible yet; a short policy must not give it up at once.
                step(self.back_off(now), Pause::Patience)
            }
            PollAnswer::Refused(refusal) => self.refused(&refusal, now),
            PollAnswer::Rejected(error) => {
                self.trouble = Some(error.to_string());
                Step::Done(match error.status {
                    400 => Outcome::Unobtainable(error.to_string()),
                    // Not about the task: this key may not ask, or not in this way.
                    _ => Outcome::StillPending(Pause::Key),
                })
            }
            PollAnswer::Unreadable(error) => {
                self.trouble = Some(error.to_string());
                step(self.back_off(now), Pause::Patience)
            }
        }
    }

    fn unanswered(&mut self, error: &TransportError, now: Timestamp) -> Step {
        self.unanswered += 1;
        self.trouble = Some(error.chain());
        // What cannot be sent, or may not be followed or read to its end, does not change by waiting.
        let lasting =
            matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Redirected | ErrorKind::TooLarge);
        if lasting || self.unanswered >= self.pace.tolerance().unanswered {
            return Step::Done(Outcome::StillPending(Pause::Network));
        }
        // At the end of patience nobody knows how the task stands: that is the network's pause.
        step(self.back_off(now), Pause::Network)
    }

    fn refused(&mut self, refusal: &Refusal, now: Timestamp) -> Step {
        self.trouble = Some(refusal.error.to_string());
        let pause = match refusal.reason {
            RefusalReason::Unauthorized => Pause::Key,
            RefusalReason::ExtensionAsleep => Pause::Extension,
            RefusalReason::RateLimited | RefusalReason::InvitationLimit => {
                let verdict = self.back_off(now);
                let until = refusal.not_before.filter(|until| *until > now);
                return match (verdict, until) {
                    (Verdict::PollAt(_), Some(until))
                        if self.pace.deadline(&self.progress).is_some_and(|end| until > end) =>
                    {
                        Step::Done(Outcome::StillPending(Pause::RateLimited { until }))
                    }
                    (Verdict::PollAt(moment), Some(until)) => Step::PollAt(moment.max(until)),
                    (Verdict::Exhausted(_), Some(until)) => {
                        Step::Done(Outcome::StillPending(Pause::RateLimited { until }))
                    }
                    (verdict, None) => step(verdict, Pause::Patience),
                };
            }
        };
        Step::Done(Outcome::StillPending(pause))
    }

    fn back_off(&mut self, now: Timestamp) -> Verdict {
        let from = self.pace.pause().max(BACK_OFF_FROM);
        let grown = from.saturating_mul(1 << self.in_trouble.min(16));
        self.in_trouble = self.in_trouble.saturating_add(1);
        self.pace.after_pause(&self.progress, now, grown.min(BACK_OFF_TO.max(from)))
    }
}

fn step(verdict: Verdict, at_the_end: Pause) -> Step {
    match verdict {
        Verdict::PollAt(moment) => Step::PollAt(moment),
        Verdict::Exhausted(Why::Polls) if at_the_end == Pause::Patience => {
            Step::Done(Outcome::StillPending(Pause::Polls))
        }
        Verdict::Exhausted(_) => Step::Done(Outcome::StillPending(at_the_end)),
    }
}
