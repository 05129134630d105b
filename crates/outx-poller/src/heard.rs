//! What every driver does with an answer: decide, count, and say so in the log.

use crate::counts::Counts;
use crate::follow::{Follow, Step};
use crate::outcome::Outcome;
use crate::source::{Handle, Seen};
use jiff::Timestamp;

/// Hands an answer to the task's follow. The event stands in the task's span, where there is one.
pub(crate) fn heard<O>(
    follow: &mut Follow,
    ticket: &impl Handle,
    seen: Seen<O>,
    now: Timestamp,
    counts: &mut Counts,
) -> Step<O> {
    let (before, saw) = (*follow.progress(), seen.word());
    let round_trip_ms = if follow.is_asking() { now.duration_since(follow.due()).as_millis() } else { 0 };
    let step = follow.observe(seen, now);
    let (task, polls) = (ticket.id(), follow.polls());
    match &step {
        Step::PollAt(next) => {
            let next_ms = next.duration_since(now).as_millis();
            let trouble = follow.trouble();
            tracing::debug!(task, polls, saw, round_trip_ms, next_ms, trouble, "polled");
        }
        Step::Done(outcome) => {
            let age_ms = follow.progress().age(now).as_millis();
            let end = match outcome {
                Outcome::Completed(_) => "completed",
                Outcome::Failed { .. } => "failed",
                Outcome::Unobtainable(_) => "unobtainable",
                Outcome::StillPending(_) => "still pending",
            };
            tracing::debug!(
                task,
                polls,
                saw,
                round_trip_ms,
                end,
                age_ms,
                trouble = follow.trouble(),
                "polled"
            );
        }
    }
    counts.polled(&before, follow.progress(), &step, now);
    step
}

/// Hands over that a poll was not answered while nobody is answered there: what is put up with is not used up.
pub(crate) fn overlooked<O>(
    follow: &mut Follow,
    ticket: &impl Handle,
    why: String,
    now: Timestamp,
    counts: &mut Counts,
) -> Step<O> {
    let before = *follow.progress();
    tracing::debug!(
        task = ticket.id(),
        polls = before.polls() + 1,
        trouble = why,
        "polled while nobody is answered"
    );
    let step = follow.overlook(why, now);
    counts.polled(&before, follow.progress(), &step, now);
    step
}
