//! Brings facts to the state at once and to the journal in batches.

use super::{EngineError, Observer};
use crate::expr::Value;
use crate::journal::{Batch, Event, Fact, Journal, JournalError};
use crate::run::{Path, RunId, RunStatus};
use crate::state::RunState;
use crate::values::Values;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use jiff::Timestamp;
use outx_model::ContentHash;
use std::sync::Arc;

/// Ends when a batch is durable, or with why it could not be written.
pub(super) type Recorded = Shared<BoxFuture<'static, Result<(), Arc<JournalError>>>>;

/// The state of a run together with what the journal does not have yet.
pub(super) struct Recorder {
    pub(super) run: RunId,
    pub(super) state: RunState,
    pub(super) values: Values,
    journal: Arc<dyn Journal>,
    observer: Arc<dyn Observer>,
    batch: Batch,
    /// How many facts the journal has when all is written that was handed to it.
    known: usize,
    /// The batch before, while it is being written.
    last: Option<Recorded>,
}

impl Recorder {
    /// Goes on after `known` facts, which the state is the fold of.
    pub(super) fn new(
        run: RunId,
        known: usize,
        state: RunState,
        values: Values,
        journal: Arc<dyn Journal>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self { run, state, values, journal, observer, batch: Batch::default(), known, last: None }
    }

    /// Takes a fact into the state, and notes it for the journal.
    pub(super) fn fact(&mut self, path: Path, at: Timestamp, event: Event) -> Result<(), EngineError> {
        let begun = u32::from(matches!(event, Event::Retried));
        let attempt = self.state.find(&path).map_or(0, |node| self.state.node(node).attempt + begun);
        let fact = Fact { path, attempt, at, event };
        self.state.apply(&fact)?;
        self.observer.fact(&fact, &self.state, &self.values);
        self.batch.facts.push(fact);
        Ok(())
    }

    /// Keeps a value for the facts that will name it.
    pub(super) fn value(&mut self, value: Value) -> ContentHash {
        let (hash, text) = self.values.add(value);
        if let Some(text) = text {
            self.batch.values.push((hash, text));
        }
        hash
    }

    /// Notes the run's new status for lists, and when it is to be looked at again.
    pub(super) fn status(&mut self, status: RunStatus, wakes_at: Option<Timestamp>) {
        self.batch.status = Some(status);
        self.batch.wakes_at = wakes_at;
    }

    /// How many facts the journal does not have yet.
    pub(super) fn pending(&self) -> usize {
        self.batch.facts.len()
    }

    /// Hands all that is noted to the journal, which writes it after all that was handed to it before: facts
    /// keep their order, and after a batch that could not be written there is none. The work goes on when the
    /// future, or a clone of it, is polled.
    pub(super) fn flush(&mut self) -> Recorded {
        let before = self.last.take().filter(|last| !matches!(last.peek(), Some(Ok(()))));
        let batch = Batch { after: Some(self.known), ..std::mem::take(&mut self.batch) };
        self.known += batch.facts.len();
        let (journal, run) = (self.journal.clone(), self.run.clone());
        let work = async move {
            if let Some(before) = before {
                before.await?;
            }
            if batch.is_empty() {
                return Ok(());
            }
            journal.append(&run, batch).await.map_err(Arc::new)
        };
        let recorded = work.boxed().shared();
        self.last = Some(recorded.clone());
        recorded
    }
}

/// A batch's end as the engine's own.
pub(super) async fn written(recorded: Recorded) -> Result<(), EngineError> {
    recorded.await.map_err(EngineError::from)
}
