//! Brings facts to the state at once and to the journal in batches.

use super::reading::{read_back, take};
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
use outx_poller::Counts;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Ends when a batch is durable, or with why it could not be written.
pub(super) type Recorded = Shared<BoxFuture<'static, Result<(), Arc<JournalError>>>>;

/// About so many bytes of what is wanted next are brought along when values are read back, and so many values.
const ALONG: usize = 256 << 10;
const MOST_ALONG: usize = 500;

/// The state of a run together with what the journal does not have yet.
pub(super) struct Recorder {
    pub(super) run: RunId,
    pub(super) state: RunState,
    pub(super) values: Values,
    pub(super) journal: Arc<dyn Journal>,
    observer: Arc<dyn Observer>,
    batch: Batch,
    /// The texts of the batch's values, and of those that are being written.
    fresh: HashMap<ContentHash, Arc<str>>,
    fresh_bytes: usize,
    writing: VecDeque<(Recorded, HashMap<ContentHash, Arc<str>>)>,
    /// How large a value was, of those that were read back the last time.
    each: usize,
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
        Self {
            run,
            state,
            values,
            journal,
            observer,
            batch: Batch::default(),
            fresh: HashMap::new(),
            fresh_bytes: 0,
            writing: VecDeque::new(),
            each: ALONG,
            known,
            last: None,
        }
    }

    /// Tells whoever watches what asking has cost.
    pub(super) fn asked(&self, counts: &Counts) {
        self.observer.asked(&self.run, counts);
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
        if let Some(text) = text.filter(|_| !self.fresh.contains_key(&hash)) {
            self.fresh_bytes += text.len();
            self.fresh.insert(hash, text.clone());
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

    /// How large the values among them are.
    pub(super) fn pending_bytes(&self) -> usize {
        self.fresh_bytes
    }

    /// Takes values up again that were let go; those that the journal does not have yet are on their way to it.
    ///
    /// One look at the journal costs far more than what it brings, so that what is wanted next is brought along.
    pub(super) async fn read_back(&mut self, missing: Vec<ContentHash>) -> Result<(), EngineError> {
        let (most, mut hashes) = (missing.len() + ALONG / self.each.max(1), missing);
        if hashes.len() < most {
            let known: HashSet<_> = hashes.iter().copied().collect();
            let next =
                self.state.wanted_next().filter(|hash| !self.values.has(hash) && !known.contains(hash));
            let next: Vec<_> = next.take((most - hashes.len()).min(MOST_ALONG)).collect();
            hashes.extend(next);
        }
        let before = self.values.size();
        let mut wanted = Vec::with_capacity(hashes.len());
        for hash in &hashes {
            let mut fresh = std::iter::once(&self.fresh).chain(self.writing.iter().map(|(_, texts)| texts));
            match fresh.find_map(|texts| texts.get(hash)) {
                Some(text) => take(&mut self.values, &self.run, *hash, text)?,
                None => wanted.push(*hash),
            }
        }
        read_back(self.journal.as_ref(), &self.run, &mut self.values, &wanted).await?;
        self.each = self.values.size().saturating_sub(before) / hashes.len().max(1);
        Ok(())
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
        while self.writing.front().is_some_and(|(written, _)| matches!(written.peek(), Some(Ok(())))) {
            self.writing.pop_front();
        }
        self.fresh_bytes = 0;
        let fresh = std::mem::take(&mut self.fresh);
        if !fresh.is_empty() {
            self.writing.push_back((recorded.clone(), fresh));
        }
        self.last = Some(recorded.clone());
        recorded
    }
}

/// A batch's end as the engine's own.
pub(super) async fn written(recorded: Recorded) -> Result<(), EngineError> {
    recorded.await.map_err(EngineError::from)
}
