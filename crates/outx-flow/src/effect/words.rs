//! What the effect runner says.

use crate::journal::{StepError, StepErrorKind, StepResult, WaitReason};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::poll;
use jiff::Timestamp;
use outx_ledger::LedgerError;
use outx_model::{ActionFact, ContentHash, TaskId, Ticket};
use serde_json::Value;
use std::fmt;
use std::task::Poll;

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
        /// Ends when the ledger has the id.
        kept: Kept,
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
    /// The person must not be contacted; why, in a sentence.
    DoNotContact(String),
    /// It was wanted no more, and nothing of it was on its way.
    Withheld,
}

/// The ledger's keeping of a task's id, which is under way already. Asking for the result need not wait for it,
/// showing the id to somebody must. Dropping it does not stop it where the store works on a thread of its own.
#[must_use = "an id is safe when this has ended"]
pub struct Kept(Option<BoxFuture<'static, Result<(), LedgerError>>>);

impl Kept {
    /// The id was kept before.
    pub(super) fn already() -> Self {
        Self(None)
    }

    /// Starts to keep an id.
    pub(super) async fn begin(
        work: impl Future<Output = Result<(), LedgerError>> + Send + 'static,
    ) -> Result<Self, LedgerError> {
        let mut work = work.boxed();
        match poll!(&mut work) {
            Poll::Ready(kept) => kept.map(|()| Self(None)),
            Poll::Pending => Ok(Self(Some(work))),
        }
    }

    /// Waits until the ledger has the id.
    ///
    /// # Errors
    ///
    /// When it could not be kept; the error names it.
    pub async fn wait(self) -> Result<(), LedgerError> {
        match self.0 {
            Some(work) => work.await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Kept(under way)" } else { "Kept(done)" })
    }
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
    /// True when a write counts as sent although nobody knows it.
    pub assumed: bool,
}

impl StepEnd {
    /// A success with an output that is its own view.
    pub fn done(output: Value) -> Self {
        Self { output: Some(output), ..Self::default() }
    }

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
            assumed: self.assumed,
            contacts: None,
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
