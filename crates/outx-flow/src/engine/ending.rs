//! What the end of an item, of a fan-out and of the run is.

use super::driver::{Driver, Effect, Halt};
use super::reading::reported;
use super::recorder::{Recorder, written};
use super::{EngineError, EngineErrorKind};
use crate::evaluate::World;
use crate::expr::{LastContacts, Value};
use crate::journal::{Event, StepError, StepErrorKind, StepResult, WaitReason, WaitingFor};
use crate::kind::{Unseen, marks};
use crate::report::RunReport;
use crate::run::{Path, RunStatus};
use crate::state::{Decision, NodeId, RunState, ScopeId};
use crate::waking::wake_at;
use futures_util::{FutureExt, StreamExt};
use outx_model::ContentHash;
use serde_json::json;

impl Driver {
    /// An item gives its outputs, also where one of its steps failed, which is then the item's failure too.
    pub(super) async fn close(&mut self, scope: ScopeId, known: &LastContacts) -> Result<(), EngineError> {
        let state = &self.recorder.state;
        if state.scope(scope).removed {
            let path = state.scope(scope).path.clone();
            // Nobody reads what it would give; but a call ends with its block, and fails where its inputs are not known.
            let holder = state.scope(scope).parent.filter(|holder| state.step(*holder).call().is_some());
            let error = holder.and_then(|call| state.node(call).list_error.clone());
            let result = error.map_or_else(|| StepResult::success(None), StepResult::failure);
            return self.record(path, Event::Finished { result });
        }
        let (decision, now) = (Decision::Close(scope), self.clock.now());
        let compute = |world: World<'_>| {
            // What `until` asks for is asked now, and recorded: it is computed from that however often the run is taken up.
            drop(world.until(scope));
            world.item_outputs(scope)
        };
        let Some((outputs, wrong)) = self.computed(decision, known, now, compute).await? else {
            return Ok(());
        };
        let mut result = StepResult::success(Some(self.recorder.value(outputs)));
        let holder = self.recorder.state.scope(scope).parent;
        if holder.is_some_and(|holder| self.recorder.state.step(holder).repeat().is_some())
            && !known.is_empty()
        {
            result.contacts = Some(self.recorder.value(Value::from_json(known.to_json())));
        }
        result.error = self.failed_step(scope).or(wrong);
        let path = self.recorder.state.scope(scope).path.clone();
        self.record(path, Event::Finished { result })
    }

    /// The first failed step of an item that may not fail, as the item's own failure.
    fn failed_step(&self, scope: ScopeId) -> Option<StepError> {
        let state = &self.recorder.state;
        (0..state.block(scope).steps.len()).find_map(|step| {
            let node = state.node_in(scope, step);
            let error = state.node(node).result.as_ref()?.error.as_ref()?;
            if state.step(node).allow_failure {
                return None;
            }
            let message = format!("{}: {}", state.step(node).id, error.message);
            Some(StepError { kind: error.kind, message })
        })
    }

    /// A fan-out has failed when one of its items has; a repetition goes on; a call has ended as what it called.
    pub(super) async fn join(&mut self, fan: NodeId, known: &LastContacts) -> Result<(), EngineError> {
        let state = &self.recorder.state;
        if state.step(fan).repeat().is_some() {
            return self.iterated(fan, known).await;
        }
        if let (Some(_), Some(scope)) = (state.step(fan).call(), state.node(fan).items.first()) {
            let (path, result) = (state.path(fan), state.scope(*scope).result.clone());
            let result = result.unwrap_or_else(|| StepResult::success(None));
            return self.record(path, Event::Finished { result });
        }
        let items = &state.node(fan).items;
        if let Some(error) = state.node(fan).list_error.clone() {
            let path = state.path(fan);
            return self.record(path, Event::Finished { result: StepResult::failure(error) });
        }
        let failed = |scope: &&ScopeId| {
            state.scope(**scope).result.as_ref().is_some_and(|result| result.error.is_some())
        };
        let result = match items.iter().find(failed) {
            None => StepResult::success(None),
            Some(first) => {
                let (count, key) = (items.iter().filter(failed).count(), &state.scope(*first).key);
                let message = format!("{count} of {} items failed, the first of them `{key}`", items.len());
                StepResult::failure(StepError { kind: StepErrorKind::ItemFailed, message })
            }
        };
        let path = state.path(fan);
        self.record(path, Event::Finished { result })
    }

    /// What was given on by `core.unseen`, and has come to where it was to go.
    async fn arrived(&mut self) -> Result<Vec<ContentHash>, EngineError> {
        let state = &self.recorder.state;
        let nodes = state.nodes().map(|(node, _)| node).filter(|node| is_unseen(state, *node));
        let arrived = nodes.filter(|node| state.has_arrived(*node)).collect();
        self.given_by(arrived).await
    }

    /// The same of an iteration that has ended, before the next one takes its place and asks. True while that is being
    /// kept; if the program is killed before the next one begins, it is done once more.
    pub(super) async fn sees(&mut self, repetition: NodeId, iteration: ScopeId) -> Result<bool, EngineError> {
        let Some(store) = self.context.seen.clone() else { return Ok(false) };
        if self.seen.remove(&repetition) {
            return Ok(false);
        }
        let state = &self.recorder.state;
        let nodes = state.all_in(iteration).into_iter().filter(|node| is_unseen(state, *node));
        let arrived = nodes.filter(|node| state.has_arrived_within(*node, iteration)).collect();
        let marks = self.given_by(arrived).await?;
        if marks.is_empty() {
            return Ok(false);
        }
        let (account, now) = (self.context.account.clone(), self.clock.now());
        let work = async move { store.see(&account, &marks, now).await };
        self.effects.push(work.map(move |seen| Effect::Seen(repetition, seen)).boxed());
        Ok(true)
    }

    /// What was given by these steps, which use `core.unseen`.
    async fn given_by(&mut self, steps: Vec<NodeId>) -> Result<Vec<ContentHash>, EngineError> {
        let mut given = Vec::new();
        for node in steps {
            let known = self.recorder.state.node(node);
            let output = known.result.as_ref().and_then(|result| result.output);
            let (place, input) = (self.place(node), known.input);
            let read = |world: &World<'_>| (world.values.get(output), world.values.get(input));
            let (output, input) = self.reading(read).await?;
            let (output, input) = (output.to_json(), input.to_json());
            given.extend(marks(&json!({ "items": output["items"], "key": input["key"] }), &place));
        }
        Ok(given)
    }

    /// Writes how the run stands, and reports it.
    pub(super) async fn finish(mut self, why: Halt) -> Result<RunReport, EngineError> {
        if let Some(store) = self.context.seen.clone() {
            // If the program is killed before the run's end is written, it is done once more.
            let (marks, account, now) =
                (self.arrived().await?, self.context.account.clone(), self.clock.now());
            if !marks.is_empty() {
                let seen = store.see(&account, &marks, now).await;
                seen.map_err(|error| EngineError::new(EngineErrorKind::Store, error.to_string()))?;
            }
        }
        let event = self.stand(why).await?;
        if let Event::RunStopped { status, waiting_for, .. } = &event {
            let (moved, now) = (self.recorder.state.moved_at(), self.clock.now());
            let wakes_at = match why {
                Halt::Done | Halt::Stopped => wake_at(waiting_for, moved, now),
                Halt::HandedOver | Halt::SpokenTo => Some(now),
            };
            let wakes_at = wakes_at.filter(|_| !status.is_end());
            self.recorder.status(*status, wakes_at);
        }
        self.record(Path::run(), event)?;
        // Handed over together with what is still on its way, so that a store can write all of it at once.
        self.writes.push(written(self.recorder.flush()).boxed());
        // Where one of them fails, the others are waited for all the same: the ledger takes what came of what was sent
        // whoever has the run.
        let mut failed = None;
        while let Some(written) = self.writes.next().await {
            failed = failed.or(written.err());
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let is_brief = self.is_brief;
        let Recorder { run, state, mut values, journal, .. } = self.recorder;
        values.let_go();
        reported(journal.as_ref(), (&run, &state), &mut values, is_brief).await
    }

    async fn stand(&mut self, why: Halt) -> Result<Event, EngineError> {
        let mut status = self.recorder.state.status();
        let (mut outputs, mut error) = (None, None);
        if self.ended
            && let Some(root) = self.recorder.state.root()
        {
            let (value, wrong) = self.computed_now(|world| world.outputs(root)).await?;
            outputs = Some(self.recorder.value(value));
            if wrong.is_some() {
                status = RunStatus::Failed;
            }
            error = wrong;
        }
        let waiting_for = self.waiting.iter().map(|(node, waiting)| WaitingFor {
            path: self.recorder.state.path(*node),
            reason: waiting.reason,
            until: waiting.until,
            message: waiting.message.clone(),
        });
        let mut waiting_for: Vec<_> = waiting_for.collect();
        if why != Halt::Stopped {
            waiting_for.retain(|waiting| waiting.reason != WaitReason::Stopped);
        } else if !self.ended {
            let message = "the run was stopped, and can be resumed".to_owned();
            waiting_for.push(WaitingFor {
                path: Path::run(),
                reason: WaitReason::Stopped,
                until: None,
                message,
            });
        }
        Ok(Event::RunStopped { status, outputs, error, waiting_for })
    }
}

fn is_unseen(state: &RunState, node: NodeId) -> bool {
    state.step(node).uses().is_some_and(|uses| uses.kind.name() == Unseen::NAME)
}
