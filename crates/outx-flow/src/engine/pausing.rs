//! Steps that do nothing but wait: for a moment, or for a person.

use super::EngineError;
use super::driver::Driver;
use super::hearing::refused;
use crate::effect::Waiting;
use crate::expr::{LastContacts, Value};
use crate::journal::{Batch, Event, Fact, SkipReason, StepError, StepErrorKind, StepResult, WaitReason};
use crate::kind::{KindEffect, Pause};
use crate::run::{Path, StepStatus};
use crate::state::{NodeId, RunState};
use crate::values::Values;
use jiff::Timestamp;
use outx_model::ContentHash;
use serde_json::json;

impl Driver {
    /// Leaves out what is wanted no more and was begun, but for what may have been sent: there the ledger is asked.
    pub(super) fn leave_out(&mut self, node: NodeId) -> Result<bool, EngineError> {
        let state = &self.recorder.state;
        let asks = state
            .step(node)
            .uses()
            .is_some_and(|uses| uses.kind.creates_tasks() || uses.kind.effect() == KindEffect::Write);
        if asks || !state.scope(state.node(node).scope).removed {
            return Ok(false);
        }
        let path = state.path(node);
        self.record(path, Event::Skipped { why: SkipReason::Removed })?;
        Ok(true)
    }

    /// Lets a step wait that does nothing else, or ends it where its time is over; false for any other step.
    pub(super) async fn pause(&mut self, node: NodeId) -> Result<bool, EngineError> {
        let pause = self.reading(|world| pause_of(world.state, world.values, node)).await?;
        let Some(pause) = pause else {
            return Ok(false);
        };
        let Pause { reason, mut until, within_hours, message, over } = pause;
        if let (true, Some(since)) = (within_hours, until) {
            until = Some(self.runner.opens(since.max(self.clock.now())).await?);
        }
        if until.is_some_and(|until| until <= self.clock.now()) {
            self.waiting.remove(&node);
            let result = match over {
                Ok(output) => StepResult::success(Some(self.recorder.value(Value::from_json(output)))),
                Err(error) => StepResult::failure(error),
            };
            let path = self.recorder.state.path(node);
            self.record(path, Event::Finished { result })?;
            return Ok(true);
        }
        self.pauses.extend(until.map(|until| (until, node)));
        self.waiting.insert(node, Waiting { reason, until, message });
        Ok(true)
    }

    /// Ends the steps whose time is over.
    pub(super) async fn pauses_over(&mut self) -> Result<(), EngineError> {
        let now = self.clock.now();
        while let Some(&(until, node)) = self.pauses.first()
            && until <= now
        {
            self.pauses.pop_first();
            if self.waiting.get(&node).and_then(|waiting| waiting.until) != Some(until) {
                // It ended meanwhile, for it is not wanted any more.
                continue;
            }
            if self.recorder.state.step(node).repeat().is_some() {
                self.join(node, &LastContacts::default()).await?;
            } else {
                self.pause(node).await?;
            }
        }
        Ok(())
    }
}

/// Ends a step that asks a person. The answer is a fact of the run at once, and it is final.
pub(super) fn approved(
    state: &RunState,
    values: &Values,
    step: &Path,
    (yes, by): (bool, &str),
    at: Timestamp,
) -> Result<Batch, EngineError> {
    let node = state.find(step).ok_or_else(|| refused(format!("the run has no step `{step}`")))?;
    let status = state.node(node).status;
    if status != StepStatus::Running {
        return Err(refused(format!("`{step}` does not wait for a yes: it is {}", status.word())));
    }
    let pause = pause_of(state, values, node).filter(|pause| pause.reason == WaitReason::Approval);
    let Some(pause) = pause else {
        return Err(refused(format!("`{step}` asks nobody")));
    };
    if let Some(until) = pause.until.filter(|until| *until <= at) {
        return Err(refused(format!("`{step}` could be answered until {until}, and that is over")));
    }
    let mut said = Vec::new();
    let result = if yes {
        let output = json!({ "by": by, "at": at }).to_string();
        let hash = ContentHash::of_bytes(output.as_bytes());
        said.push((hash, output.into()));
        StepResult::success(Some(hash))
    } else {
        let message = format!("{by} said no to: {}", pause.message);
        StepResult::failure(StepError { kind: StepErrorKind::NotApproved, message })
    };
    let attempt = state.node(node).attempt;
    let facts = vec![Fact { path: step.clone(), attempt, at, event: Event::Finished { result } }];
    Ok(Batch { facts, values: said, ..Batch::default() })
}

/// What a step that was begun waits for, where it does nothing else.
fn pause_of(state: &RunState, values: &Values, node: NodeId) -> Option<Pause> {
    let (step, known) = (state.step(node), state.node(node));
    let uses = step.uses().filter(|_| !step.has_effect())?;
    uses.kind.pause(&values.get(known.input).to_json(), known.started_at?)
}
