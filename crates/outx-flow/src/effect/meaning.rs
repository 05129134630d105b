//! What answers, entries of the ledger and ends of tasks mean for a step.

use super::words::{StepEnd, Waiting};
use crate::journal::{StepError, StepErrorKind, WaitReason};
use outx_ledger::{Entry, Intent};
use outx_model::{ActionState, Effect, Refusal, RefusalReason, TaskId, Ticket, WriteDone, write_done};
use outx_poller::Pause;
use serde_json::Value;

pub(super) fn completed(ticket: &Ticket, raw: Value) -> StepEnd {
    let output = match ticket.endpoint.spec() {
        Some(spec) => spec.view(&raw),
        // Nobody knows its shape.
        None => raw.clone(),
    };
    let write = ticket.endpoint.effect() == Effect::Write;
    let done = if write { write_done(&output) } else { WriteDone::Done };
    let error = (done == WriteDone::NotDone).then(|| StepError {
        kind: StepErrorKind::TaskFailed,
        message: "the task completed, but its output says that it was not done".to_owned(),
    });
    let unconfirmed = done == WriteDone::Unsaid;
    StepEnd { error, output: Some(output), raw: Some(raw), unconfirmed, ..StepEnd::default() }
}

/// What a step is told about an effect that had ended before it asked.
pub(super) fn already(intent: &Intent, entry: &Entry) -> StepEnd {
    let end = match entry.action.state() {
        ActionState::Completed { task_id, .. } => {
            let raw = entry.output.clone().unwrap_or(Value::Null);
            match task_id {
                Some(task_id) => completed(&entry.ticket(task_id), raw),
                None => StepEnd::done(raw),
            }
        }
        ActionState::SaidSent => StepEnd { output: Some(Value::Null), ..StepEnd::default() },
        ActionState::Failed { reason, .. } => StepEnd::failed(StepErrorKind::TaskFailed, reason),
        ActionState::OutcomeUnknown { why, .. } => StepEnd::failed(StepErrorKind::OutcomeUnknown, why),
        ActionState::Rejected { error } => StepEnd::failed(StepErrorKind::Rejected, error.to_string()),
        state => StepEnd::failed(StepErrorKind::GivenUp, format!("the ledger says: {}", state.word())),
    };
    let task_id = task_of(entry.action.state());
    // The same action entered again after a crash did it itself.
    let already = entry.by != intent.by;
    StepEnd { already, task_id, asked_before: asked_before(intent, entry), ..end }
}

/// How many requests before the one that was accepted may have reached the service, as the ledger remembers
/// it: a crash may have taken the fact that said so. Those of another action are that one's.
pub(super) fn asked_before(intent: &Intent, entry: &Entry) -> usize {
    if entry.by == intent.by { entry.action.maybe_sent().saturating_sub(1) } else { 0 }
}

fn task_of(state: ActionState) -> Option<TaskId> {
    match state {
        ActionState::Pending { task_id } => Some(task_id),
        ActionState::Completed { task_id, .. }
        | ActionState::Failed { task_id, .. }
        | ActionState::OutcomeUnknown { task_id, .. } => task_id,
        _ => None,
    }
}

pub(super) fn waiting(refusal: &Refusal) -> Waiting {
    let reason = match refusal.reason {
        RefusalReason::Unauthorized => WaitReason::Key,
        RefusalReason::ExtensionAsleep => WaitReason::Extension,
        RefusalReason::RateLimited | RefusalReason::InvitationLimit => WaitReason::Limit,
    };
    Waiting { reason, until: refusal.not_before, message: refusal.error.to_string() }
}

pub(super) fn still_pending(ticket: &Ticket, pause: &Pause) -> Waiting {
    let id = &ticket.id;
    let (reason, until, message) = match pause {
        Pause::Patience | Pause::Polls => {
            (WaitReason::StillPending, None, format!("task {id} is still pending; its ticket stays good"))
        }
        Pause::Extension => {
            (WaitReason::Extension, None, format!("task {id} waits: no browser extension is awake"))
        }
        Pause::Key => (WaitReason::Key, None, format!("task {id} cannot be read: the key is refused")),
        Pause::RateLimited { until } => {
            (WaitReason::Limit, Some(*until), format!("task {id} cannot be read now: too many requests"))
        }
        Pause::Network => {
            (WaitReason::Network, None, format!("task {id} cannot be read: the service does not answer"))
        }
        other => (WaitReason::StillPending, None, format!("task {id} is still pending: {other:?}")),
    };
    Waiting { reason, until, message }
}
