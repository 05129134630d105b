//! What does evidence change?

use crate::entry::Entry;
use jiff::Timestamp;
use outx_model::{Action, ActionFact, ActionState, TaskOutcome, Word};
use serde_json::Value;

/// Takes evidence into an entry, in any state and also twice. It goes to whichever action, present or
/// earlier, holds its token or task.
///
/// Evidence under a permission that this entry never gave says nothing about it and is passed over, with one
/// exception: a task id is kept, whoever brings it. Permissions are given by [`admit`](crate::admit) alone, so a
/// [`Begun`](ActionFact::Begun) changes nothing here.
///
/// When an earlier action, which had ended without effect, turns out to have had one, and the present action
/// has none, the earlier one becomes the present: what was done must not be done again.
///
/// True when something new became known.
pub fn settle(entry: &mut Entry, fact: &ActionFact, now: Timestamp) -> bool {
    let belongs = |action: &Action| match fact {
        ActionFact::Ended { task_id, .. } => action.task_ids().contains(task_id),
        other => other.token().is_some_and(|token| action.holds(token)),
    };
    let holder = if belongs(&entry.action) {
        Some(&mut entry.action)
    } else {
        let mut before = entry.earlier.iter_mut().chain(&mut entry.past).map(|tried| &mut tried.action);
        match before.find(|action| belongs(action)) {
            None if names_task(fact) => Some(&mut entry.action),
            earlier => earlier,
        }
    };
    let Some(action) = holder else { return false };
    let before = action.clone();
    action.apply(fact);
    let is_new = *action != before;
    if matches!(fact, ActionFact::Accepted { .. }) && entry.accepted_at.is_none() {
        entry.accepted_at = Some(now);
    }
    if has_no_effect(&entry.action)
        && let Some(revived) = entry.earlier.iter_mut().find(|tried| !has_no_effect(&tried.action))
    {
        std::mem::swap(&mut revived.action, &mut entry.action);
        let present = revived.by.replace(entry.by.clone());
        entry.by = present.unwrap_or_else(|| entry.by.clone());
    }
    is_new
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
pub(crate) fn has_no_effect(action: &Action) -> bool {
    matches!(
        action.state(),
        ActionState::Planned { .. } | ActionState::Failed { .. } | ActionState::Rejected { .. }
    )
}
