//! What does evidence change?

use crate::entry::{Entry, Tried};
use jiff::Timestamp;
use outx_model::{Action, ActionFact, ActionState, Attempt, TaskOutcome, Word};
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
    let mut before = entry.earlier.iter_mut().chain(&mut entry.past);
    let tried = if belongs(fact, &entry.action) {
        None
    } else {
        match before.find(|tried| belongs(fact, &tried.action)) {
            None if !names_task(fact) => return false,
            tried => tried,
        }
    };
    let (action, accepted_at) = match tried {
        Some(Tried { action, asked, .. }) => (action, asked.as_mut().map(|asked| &mut asked.accepted_at)),
        None => (&mut entry.action, Some(&mut entry.accepted_at)),
    };
    let known = action.clone();
    action.apply(fact);
    let is_new = *action != known;
    if matches!(fact, ActionFact::Accepted { .. })
        && let Some(accepted_at) = accepted_at
    {
        accepted_at.get_or_insert(now);
    }
    if has_no_effect(&entry.action)
        && let Some(place) = entry.earlier.iter().position(|tried| !has_no_effect(&tried.action))
    {
        let present = entry.present();
        let revived = std::mem::replace(&mut entry.earlier[place], present);
        entry.stand_as(revived);
    }
    is_new
}

/// Keeps a raw output beside its try: after [`settle`] took the fact that a task completed, and only where
/// that task is the one by which the try stands as completed, so that output and state never disagree when
/// two tasks came of one action.
pub fn keep_output(entry: &mut Entry, fact: &ActionFact, output: Option<&Value>) {
    let (task, token, address) = match fact {
        ActionFact::Ended { task_id, outcome: TaskOutcome::Completed { output } } => {
            (Some(task_id), None, output)
        }
        ActionFact::Answered { token, outcome: TaskOutcome::Completed { output } } => {
            (None, Some(token), output)
        }
        _ => return,
    };
    let Some(output) = output else { return };
    let stands = |action: &Action| {
        let stands = matches!(
            &action.state(),
            ActionState::Completed { task_id, output } if task_id.as_ref() == task && output == address
        );
        stands && token.is_none_or(|token| action.holds(token))
    };
    if stands(&entry.action) {
        entry.output = Some(output.clone());
    } else if let Some(tried) =
        entry.earlier.iter_mut().chain(&mut entry.past).find(|tried| stands(&tried.action))
    {
        tried.output = Some(output.clone());
    }
}

/// Whether evidence is about an action: it holds its permission or its task.
pub(crate) fn belongs(fact: &ActionFact, action: &Action) -> bool {
    match fact {
        ActionFact::Ended { task_id, .. } => action.task_ids().contains(task_id),
        other => other.token().is_some_and(|token| action.holds(token)),
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
    match action.state() {
        ActionState::Planned { .. } | ActionState::Rejected { .. } => true,
        // What failed may be an attempt before one that is under way.
        ActionState::Failed { .. } => {
            let is_open = |attempt: &Attempt| {
                attempt.may_have_been_sent() && attempt.accepted.is_empty() && attempt.answered.is_none()
            };
            !action.attempts().any(|(_, attempt)| is_open(attempt))
        }
        _ => false,
    }
}
