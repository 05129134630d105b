//! Hearing what was said to a run.

use super::local::Loaded;
use super::pausing::approved;
use super::reading::with_all;
use super::{EngineError, EngineErrorKind, LocalEngine};
use crate::definition::{Body, Step};
use crate::journal::{Batch, Event, Fact, Journal, Said};
use crate::run::{Path, RunId, RunStatus};
use crate::signal::Signal;
use crate::state::{RunState, Stopped};
use crate::values::Values;
use jiff::{SignedDuration, Timestamp};
use outx_model::{AccountId, ActionFact, ActionState, EntryKey, TaskId, TaskOutcome, Token, Word};
use outx_transport::Clock;
use std::sync::Arc;
use std::time::Duration;

/// What something that was said comes to.
enum Meaning {
    /// The ledger is told, which tells the run when its step asks again.
    Ledger(AccountId, EntryKey, ActionFact),
    /// It is a fact of the run at once.
    Journal(Batch),
}

impl LocalEngine {
    /// Keeps what was said, if it fits how the run stands.
    pub(super) async fn keep(&self, run: &RunId, signal: &Signal) -> Result<(), EngineError> {
        let loaded = self.load(run).await?;
        let now = self.setup().effects.client().clock().now();
        self.meaning(run, &loaded, signal, now).await?;
        Ok(self.setup().journal.say(run, signal, now).await?)
    }

    /// Takes all that was said to a run. What does not fit any more, because somebody was quicker, is dropped, and
    /// whoever watches is told.
    pub(super) async fn take_said(&self, run: &RunId) -> Result<(), EngineError> {
        let setup = self.setup();
        for Said { number, at, signal } in setup.journal.said(run).await? {
            let loaded = self.load(run).await?;
            let mut batch = match self.meaning(run, &loaded, &signal, at).await {
                Ok(Meaning::Journal(batch)) => batch,
                Ok(Meaning::Ledger(account, entry, fact)) => {
                    let now = setup.effects.client().clock().now();
                    // Killed before it is noted as heard, it is said to the ledger twice, which changes nothing.
                    setup.effects.ledger().record(&account, &entry, &fact, None, now).await?;
                    Batch::default()
                }
                Err(error) if error.kind() == EngineErrorKind::Refused => {
                    setup.observer.refused(run, &signal, &error);
                    Batch::default()
                }
                Err(error) => return Err(error),
            };
            batch.after = Some(loaded.facts.len());
            batch.heard.push(number);
            if batch.status.is_none() {
                // Whoever goes on with runs that wait looks at this one.
                batch.wakes_at = Some(setup.effects.client().clock().now());
            }
            setup.journal.append(run, batch).await?;
        }
        Ok(())
    }

    async fn meaning(
        &self,
        run: &RunId,
        loaded: &Loaded,
        signal: &Signal,
        at: Timestamp,
    ) -> Result<Meaning, EngineError> {
        let state = &RunState::recover(loaded.definitions.clone(), &loaded.facts)?;
        let is_over = |stopped: &Stopped| stopped.status.is_end();
        let opens = matches!(signal, Signal::Retry { .. } | Signal::Revise { .. } | Signal::Add { .. });
        if !opens && state.stopped().is_some_and(is_over) {
            return Err(refused(format!("the run {run} has ended")));
        }
        match signal {
            Signal::Retry { from } => retried(run, state, from.as_ref(), at).map(Meaning::Journal),
            Signal::Resolve { step, word } => self.resolved(state, step, word).await,
            Signal::Approve { step, yes, by } => {
                let (journal, mut values) = (&self.setup().journal, loaded.values.clone());
                let approved = |values: &Values| approved(state, values, step, (*yes, by), at);
                with_all(journal.as_ref(), run, &mut values, approved).await?.map(Meaning::Journal)
            }
            Signal::Revise { .. } | Signal::Add { .. } => {
                let nothing = || refused(format!("the run {run} has all of that already"));
                let (batch, _) = self.revised(run, loaded, signal, at).await?.ok_or_else(nothing)?;
                Ok(Meaning::Journal(batch))
            }
            Signal::Cancel => Ok(Meaning::Journal(cancelled(at))),
        }
    }

    async fn resolved(&self, state: &RunState, step: &Path, word: &Word) -> Result<Meaning, EngineError> {
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
        Ok(Meaning::Ledger(account.clone(), key, fact))
    }

    /// An ear for one run; nothing where nobody listens.
    pub(super) fn ear(&self, run: &RunId) -> Option<Ear> {
        let setup = self.setup();
        let every = setup.listens?;
        let clock = setup.effects.client().clock().clone();
        let next = clock.now();
        Some(Ear { run: run.clone(), journal: setup.journal.clone(), clock, every, next })
    }
}

/// Listens for what is said to a run while it is worked on.
pub(super) struct Ear {
    run: RunId,
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    every: Duration,
    next: Timestamp,
}

impl Ear {
    /// Ends when something was said. It may be dropped and asked anew.
    pub(super) async fn spoken_to(&mut self) {
        loop {
            self.clock.sleep_until(self.next).await;
            let pause = SignedDuration::try_from(self.every).unwrap_or(SignedDuration::MAX);
            self.next = self.clock.now().saturating_add(pause).unwrap_or(Timestamp::MAX);
            // Whether the journal can be read at all shows where facts are written.
            if self.journal.said(&self.run).await.is_ok_and(|said| !said.is_empty()) {
                return;
            }
        }
    }
}

/// The facts by which steps are done once more.
fn retried(run: &RunId, state: &RunState, from: Option<&Path>, at: Timestamp) -> Result<Batch, EngineError> {
    if state.stopped().is_some_and(|stopped| stopped.status == RunStatus::Cancelled) {
        return Err(refused(format!("the run {run} was cancelled; start it again")));
    }
    let steps = match from {
        None => state.failed_steps(),
        Some(step) => {
            let node = state.find(step).ok_or_else(|| refused(format!("the run has no step `{step}`")))?;
            if let (Some(inside), false) = (steps_inside(state.step(node)), state.node(node).items.is_empty())
            {
                return Err(refused(format!("`{step}` is {inside}")));
            }
            if !state.node(node).status.is_end() {
                return Err(refused(format!("`{step}` has not ended")));
            }
            if state.scope(state.node(node).scope).removed {
                return Err(refused(format!("`{step}` belongs to an item that is in the list no more")));
            }
            vec![node]
        }
    };
    let again = state.to_retry(steps);
    if again.is_empty() {
        return Err(refused(format!("nothing in the run {run} has failed")));
    }
    let fact = |node| {
        let (path, attempt) = (state.path(node), state.node(node).attempt + 1);
        Fact { path, attempt, at, event: Event::Retried }
    };
    let facts = again.into_iter().map(fact).collect();
    Ok(Batch { facts, status: Some(RunStatus::Waiting), wakes_at: Some(at), ..Batch::default() })
}

/// What a step is that is not done once more itself, and what is to be named instead. A repetition is: it begins anew.
fn steps_inside(step: &Step) -> Option<&'static str> {
    match step.body {
        Body::Each(_) => Some("a fan-out: name a step of one of its items"),
        Body::Call(_) => Some("a call of another workflow: name one of its steps"),
        Body::Repeat(_) | Body::Uses(_) => None,
    }
}

fn cancelled(at: Timestamp) -> Batch {
    let status = RunStatus::Cancelled;
    let event = Event::RunStopped { status, outputs: None, error: None, waiting_for: Vec::new() };
    let facts = vec![Fact { path: Path::run(), attempt: 0, at, event }];
    Batch { facts, status: Some(status), ..Batch::default() }
}

/// A task that a person gives up was sent, and how it ends is not waited for any more.
fn given_up(task_id: TaskId) -> ActionFact {
    let why = "a person gave it up while it was pending".to_owned();
    ActionFact::Ended { task_id, outcome: TaskOutcome::Unobtainable { why } }
}

pub(super) fn refused(message: String) -> EngineError {
    EngineError::new(EngineErrorKind::Refused, message)
}
