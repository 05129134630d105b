//! What a person says to a run from outside.

use super::{EngineError, EngineErrorKind, LocalEngine};
use crate::journal::{Batch, Event, Fact};
use crate::run::{Path, RunId, RunStatus};
use crate::state::RunState;
use outx_model::{ActionFact, ActionState, TaskId, TaskOutcome, Token, Word};

/// Something that a person says to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signal {
    /// What became of a step whose write is in doubt, or whose task never ends.
    Resolve {
        /// The step.
        step: Path,
        /// What became of it.
        word: Word,
    },
    /// Yes or no to a step that asks a person.
    Approve {
        /// The step.
        step: Path,
        /// Whether it may go on; if not, the step fails.
        yes: bool,
        /// Who says it.
        by: String,
    },
    /// The run is to end. What is on the wire was waited for before; its tasks can still be asked for.
    Cancel,
}

impl LocalEngine {
    pub(super) async fn take(&self, run: &RunId, signal: &Signal) -> Result<(), EngineError> {
        let (workflow, facts, values) = self.load(run).await?;
        let state = RunState::recover(workflow, &facts)?;
        if state.stopped().is_some_and(|stopped| stopped.status.is_end()) {
            return Err(refused(format!("the run {run} has ended")));
        }
        match signal {
            Signal::Resolve { step, word } => self.resolve(&state, step, word).await,
            Signal::Approve { step, yes, by } => self.approve(run, &state, &values, step, (*yes, by)).await,
            Signal::Cancel => self.cancel(run).await,
        }
    }

    /// Tells the ledger, which tells the run when it is driven again.
    async fn resolve(&self, state: &RunState, step: &Path, word: &Word) -> Result<(), EngineError> {
        let node = state.find(step).ok_or_else(|| refused(format!("the run has no step `{step}`")))?;
        let task = state.node(node).task.as_ref();
        let Some(key) = task.and_then(|task| task.entry.clone()) else {
            return Err(refused(format!("`{step}` has sent nothing that could be in doubt")));
        };
        let effects = &self.setup().effects;
        let account = state.started().map_or(effects.client().account(), |started| &started.account);
        let ledger = effects.ledger();
        let Some(entry) = ledger.entry(account, &key).await? else {
            return Err(refused(format!("the ledger knows nothing of `{step}`")));
        };
        let said = |token: Token| ActionFact::Said { token, word: word.clone() };
        let fact = match (entry.action.state(), word) {
            (ActionState::InDoubt { token, .. } | ActionState::Sending { token }, _) => said(token),
            (ActionState::Pending { task_id }, Word::GiveUp) => given_up(task_id),
            (ActionState::Pending { task_id }, _) => {
                let message = format!(
                    "`{step}` is not in doubt: its task {task_id} is pending; it can only be given up (--give-up)"
                );
                return Err(refused(message));
            }
            (other, _) => {
                return Err(refused(format!("`{step}` is not in doubt: the ledger says {}", other.word())));
            }
        };
        let now = effects.client().clock().now();
        ledger.record(account, &key, &fact, None, now).await?;
        Ok(())
    }

    async fn cancel(&self, run: &RunId) -> Result<(), EngineError> {
        let setup = self.setup();
        let status = RunStatus::Cancelled;
        let event = Event::RunStopped { status, outputs: None, error: None, waiting_for: Vec::new() };
        let at = setup.effects.client().clock().now();
        let facts = vec![Fact { path: Path::run(), attempt: 0, at, event }];
        setup.journal.append(run, Batch { facts, values: Vec::new(), status: Some(status) }).await?;
        Ok(())
    }
}

/// A task that a person gives up was sent, and how it ends is not waited for any more.
fn given_up(task_id: TaskId) -> ActionFact {
    let why = "a person gave it up while it was pending".to_owned();
    ActionFact::Ended { task_id, outcome: TaskOutcome::Unobtainable { why } }
}

pub(super) fn refused(message: String) -> EngineError {
    EngineError::new(EngineErrorKind::Refused, message)
}
