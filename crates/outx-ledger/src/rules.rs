//! The rules, pure: may this be sent, and what does evidence change?

use crate::entry::{Entry, Intent};
use jiff::{SignedDuration, Timestamp};
use outx_model::{
    Action, ActionFact, ActionState, ContentHash, Doubt, Effect, TaskOutcome, Ticket, Token, Word,
};
use serde_json::Value;

/// How long a write of another action may be *sending* before it counts as in doubt: 60 s, twice the time
/// that one request may take. Until then whoever wants the same effect waits for its answer.
pub const SENDING_PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// How soon somebody who waits for another's answer asks again.
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// The answer to: may this be sent?
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Admission {
    /// Send it now, under this permission. The ledger already says that it is being sent.
    Go {
        /// The permission.
        token: Token,
        /// How many earlier requests for it may have reached the service: reads only.
        asked_before: usize,
    },
    /// Not before a moment.
    Wait {
        /// When.
        until: Timestamp,
        /// Why, in a sentence.
        why: String,
    },
    /// A task for it exists: go on with that one.
    Known(Ticket),
    /// It has ended; the entry says how.
    Already(Box<Entry>),
    /// It may have been sent. Only a person, or late evidence, can settle it.
    InDoubt(Box<Entry>),
}

/// Decides whether an intent may be sent, from what is known of its entry. Returns the entry as it must be
/// written before the answer is given, or nothing where it stays as it is.
///
/// * An action that asks again (a step entered again after a crash) gets what became of it, whatever that is.
/// * Another action with the same effect joins a task that exists, is told of one that ended with effect or
///   in doubt, and is free after one that failed or was rejected.
/// * A write that was being sent when its own action asks again is in doubt, for its sender is gone. When
///   another action asks, the sender may well be alive (two rows of one table name the same person), so that
///   one waits up to [`SENDING_PATIENCE`] for the answer before it is in doubt. A read may be asked once more.
pub fn admit(
    known: Option<&Entry>,
    intent: &Intent,
    token: Token,
    now: Timestamp,
) -> (Admission, Option<Entry>) {
    let Some(known) = known else {
        let entry = begun(None, intent, &token, now);
        return (Admission::Go { token, asked_before: 0 }, Some(entry));
    };
    let same = known.by == intent.by;
    match known.action.state() {
        ActionState::Pending { task_id } => (Admission::Known(known.ticket(task_id)), None),
        ActionState::Planned { not_before: Some(until) } if until > now => {
            let why = "the service asked not to be called before then".to_owned();
            (Admission::Wait { until, why }, None)
        }
        ActionState::Failed { .. } | ActionState::Rejected { .. } if !same => {
            let entry = begun(Some(known), intent, &token, now);
            (Admission::Go { token, asked_before: 0 }, Some(entry))
        }
        state if state.is_end() => (Admission::Already(Box::new(known.clone())), None),
        ActionState::Sending { token: held } if known.effect == Effect::Write => {
            let patience_ends = later(known.begun_at, SENDING_PATIENCE);
            if !same && now < patience_ends {
                let why = "another action is sending the same".to_owned();
                return (Admission::Wait { until: later(now, ASK_AGAIN).min(patience_ends), why }, None);
            }
            let mut entry = known.clone();
            let what = "whoever was sending it ended without an answer".to_owned();
            entry.action.apply(&ActionFact::Lost { token: held, doubt: Doubt { what, arrived: false } });
            (Admission::InDoubt(Box::new(entry.clone())), Some(entry))
        }
        ActionState::InDoubt { .. } if known.effect == Effect::Write => {
            (Admission::InDoubt(Box::new(known.clone())), None)
        }
        _ => {
            let asked_before = known.action.maybe_sent();
            let mut entry = known.clone();
            entry.by = intent.by.clone();
            entry.input = ContentHash::of_json(&intent.input);
            entry.begun_at = now;
            entry.action.apply(&ActionFact::Begun { token: token.clone() });
            (Admission::Go { token, asked_before }, Some(entry))
        }
    }
}

/// Takes evidence into an entry, in any state and also twice. It goes to whichever action, present or
/// earlier, holds its token or task.
///
/// Evidence under a permission that this entry never gave says nothing about it and is passed over, with one
/// exception: a task id is kept, whoever brings it. Permissions are given by [`admit`] alone, so a
/// [`Begun`](ActionFact::Begun) changes nothing here.
///
/// When an earlier action, which had ended without effect, turns out to have had one, and the present action
/// has none, the earlier one becomes the present: what was done must not be done again.
pub fn settle(entry: &mut Entry, fact: &ActionFact, now: Timestamp) {
    let belongs = |action: &Action| match fact {
        ActionFact::Begun { token }
        | ActionFact::Accepted { token, .. }
        | ActionFact::Refused { token, .. }
        | ActionFact::NotSent { token, .. }
        | ActionFact::Rejected { token, .. }
        | ActionFact::Lost { token, .. }
        | ActionFact::Said { token, .. } => action.holds(token),
        ActionFact::Ended { task_id, .. } => action.task_ids().contains(task_id),
    };
    let holder = if belongs(&entry.action) {
        Some(&mut entry.action)
    } else {
        match entry.earlier.iter_mut().find(|action| belongs(action)) {
            None if names_task(fact) => Some(&mut entry.action),
            earlier => earlier,
        }
    };
    let Some(action) = holder else { return };
    action.apply(fact);
    if matches!(fact, ActionFact::Accepted { .. }) && entry.accepted_at.is_none() {
        entry.accepted_at = Some(now);
    }
    if has_no_effect(&entry.action)
        && let Some(revived) = entry.earlier.iter_mut().find(|action| !has_no_effect(action))
    {
        std::mem::swap(revived, &mut entry.action);
    }
}

/// Keeps a raw output beside its entry: after [`settle`] took the fact that a task completed, and only where
/// that task is the one by which the entry stands as completed, so that output and state never disagree when
/// two tasks came of one action.
pub fn keep_output(entry: &mut Entry, fact: &ActionFact, output: Option<&Value>) {
    let ActionFact::Ended { task_id, outcome: TaskOutcome::Completed { output: address } } = fact else {
        return;
    };
    let stands = entry.action.state();
    if matches!(&stands, ActionState::Completed { task_id: t, output: o } if t == task_id && o == address)
        && let Some(output) = output
    {
        entry.output = Some(output.clone());
    }
}

fn names_task(fact: &ActionFact) -> bool {
    matches!(
        fact,
        ActionFact::Accepted { .. }
            | ActionFact::Ended { .. }
            | ActionFact::Said { word: Word::Sent { task_id: Some(_) }, .. }
    )
}

/// True when the effect has certainly not happened and is not under way.
fn has_no_effect(action: &Action) -> bool {
    matches!(
        action.state(),
        ActionState::Planned { .. } | ActionState::Failed { .. } | ActionState::Rejected { .. }
    )
}

fn later(moment: Timestamp, by: SignedDuration) -> Timestamp {
    moment.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn begun(known: Option<&Entry>, intent: &Intent, token: &Token, now: Timestamp) -> Entry {
    let mut action = Action::default();
    action.apply(&ActionFact::Begun { token: token.clone() });
    let earlier = known.map(|entry| {
        let mut earlier = entry.earlier.clone();
        earlier.push(entry.action.clone());
        earlier
    });
    Entry {
        key: intent.entry.clone(),
        account: intent.account.clone(),
        endpoint: intent.endpoint,
        effect: intent.endpoint.effect(),
        target: intent.target.clone(),
        input: ContentHash::of_json(&intent.input),
        by: intent.by.clone(),
        begun_at: now,
        accepted_at: None,
        action,
        earlier: earlier.unwrap_or_default(),
        output: None,
    }
}
