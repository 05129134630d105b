//! What the effect runner says.

use crate::journal::{StepError, StepErrorKind, StepResult, WaitReason};
use jiff::Timestamp;
use outx_model::{ActionFact, ContentHash, TaskId, Ticket};
use serde_json::Value;

/// What came of the wish to create a task.
#[derive(Debug)]
pub enum Submitted {
    /// A task exists.
    Task {
        /// Its handle.
        ticket: Ticket,
        /// True when another action created it.
        joined: bool,
        /// How many earlier requests for it may have reached the service.
        asked_before: usize,
    },
    /// The effect had ended before.
    Already(Box<StepEnd>),
    /// It may have been sent.
    InDoubt {
        /// What is known.
        what: String,
    },
    /// Not now.
    Waiting(Waiting),
    /// It will never be accepted.
    Failed(StepError),
}

/// Why a step waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// For what.
    pub reason: WaitReason,
    /// Until when, where that is known.
    pub until: Option<Timestamp>,
    /// In a sentence.
    pub message: String,
}

/// How a step ended, with its values beside it.
#[derive(Debug, Default)]
pub struct StepEnd {
    /// Why it failed, if it did.
    pub error: Option<StepError>,
    /// The typed view of the output.
    pub output: Option<Value>,
    /// What came back, untouched.
    pub raw: Option<Value>,
    /// The task, where the effect had ended before: then nobody else says it.
    pub task_id: Option<TaskId>,
    /// How many earlier requests for that task may have reached the service.
    pub asked_before: usize,
    /// True when the effect was there before.
    pub already: bool,
    /// True when a write completed but said nothing known of itself.
    pub unconfirmed: bool,
}

impl StepEnd {
    /// A failure.
    pub fn failed(kind: StepErrorKind, message: impl Into<String>) -> Self {
        let error = Some(StepError { kind, message: message.into() });
        Self { error, ..Self::default() }
    }

    /// The result as a fact holds it; `add` keeps a value and gives its address.
    pub fn into_result(self, mut add: impl FnMut(Value) -> ContentHash) -> StepResult {
        StepResult {
            error: self.error,
            output: self.output.map(&mut add),
            raw: self.raw.map(&mut add),
            already: self.already,
            unconfirmed: self.unconfirmed,
        }
    }
}

/// What a task's end means.
#[derive(Debug)]
pub enum Settled {
    /// The step ended.
    Ended {
        /// How.
        end: Box<StepEnd>,
        /// The evidence for the ledger.
        fact: Option<ActionFact>,
        /// The raw output, where the task completed.
        output: Option<Value>,
    },
    /// The task goes on without us.
    Waiting(Waiting),
}
