//! What came of it.

use crate::admit::Block;
use crate::entry::Entry;
use jiff::Timestamp;
use outx_model::{ActionState, ApiError, Refusal, TaskId, Ticket};
use serde_json::Value;

/// What came of the wish to do something once.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Acted {
    /// It is done, or counts as done.
    Done {
        /// Its task, where one is known.
        task: Option<TaskId>,
        /// What the task gave, untouched; null where that is not known.
        output: Value,
        /// True when it was done before this call.
        already: bool,
    },
    /// Its task has not ended; the same call goes on with it.
    Pending(Ticket),
    /// Not before a moment: the account's limits, its hours, or the service. The same call asks again.
    Wait {
        /// When.
        until: Timestamp,
        /// Why, in a sentence.
        why: String,
    },
    /// It may have been sent, and is not sent again. A person has to look; late evidence settles it too.
    InDoubt {
        /// What is known.
        what: String,
    },
    /// It must not be sent.
    Blocked(Block),
    /// No task exists: the key is refused, or no extension is awake. The same call tries again.
    Refused(Refusal),
    /// The service will never accept it.
    Rejected(ApiError),
    /// It certainly did not reach the service. The same call tries again.
    NotSent {
        /// Why, in a sentence.
        why: String,
    },
    /// Its task failed. The same call does not try again; one for another purpose may.
    Failed {
        /// In the service's words.
        reason: String,
    },
    /// A person gave it up.
    GivenUp,
}

impl Acted {
    /// What an entry says that had ended, or is in doubt, before the call.
    pub(super) fn of_entry(entry: &Entry) -> Self {
        let output = entry.output.clone().unwrap_or(Value::Null);
        let already = true;
        match entry.action.state() {
            ActionState::Completed { task_id, .. } => Self::Done { task: task_id, output, already },
            ActionState::OutcomeUnknown { task_id, .. } => {
                Self::Done { task: task_id, output: Value::Null, already }
            }
            ActionState::SaidSent => Self::Done { task: None, output: Value::Null, already },
            ActionState::Pending { task_id } => Self::Pending(entry.ticket(task_id)),
            ActionState::Failed { reason, .. } => Self::Failed { reason },
            ActionState::Rejected { error } => Self::Rejected(error),
            ActionState::GivenUp => Self::GivenUp,
            ActionState::InDoubt { doubt, .. } => Self::InDoubt { what: doubt.what },
            ActionState::Planned { .. } | ActionState::Sending { .. } => {
                Self::InDoubt { what: "it is being sent by somebody else".to_owned() }
            }
        }
    }
}
