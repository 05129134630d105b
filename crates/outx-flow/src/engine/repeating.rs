//! Steps that are done again and again.

use super::EngineError;
use super::driver::Driver;
use crate::effect::Waiting;
use crate::expr::{LastContacts, Value};
use crate::journal::{Event, SkipReason, StepError, StepErrorKind, StepResult, WaitReason};
use crate::state::{Decision, NodeId, Tick};

impl Driver {
    /// An iteration ended: the repetition has what it is for, waits for its next tick, or is over.
    pub(super) async fn iterated(&mut self, node: NodeId, known: &LastContacts) -> Result<(), EngineError> {
        let state = &self.recorder.state;
        let path = state.path(node);
        let (true, Some((scope, number))) = (state.step(node).repeat().is_some(), state.iteration(node))
        else {
            return Ok(());
        };
        self.waiting.remove(&node);
        // A step of it may be done once more while the next one is waited for.
        let Some(last) = state.scope(scope).result.clone() else { return Ok(()) };
        if self.sees(node, scope).await? {
            return Ok(());
        }
        let state = &self.recorder.state;
        let finished = |result| Event::Finished { result };
        if state.scope(state.node(node).scope).removed {
            return self.record(path, Event::Skipped { why: SkipReason::Removed });
        }
        if last.error.is_some() {
            return self.record(path, finished(last));
        }
        // Asked again only where another definition asks for somebody else.
        let contacts = last.contacts;
        let recorded = self.reading(|world| world.values.get(contacts)).await?.to_json();
        let known = if known.is_empty() { &LastContacts::from_json(&recorded) } else { known };
        let ended = self.recorder.state.ended_at(scope);
        let until = self.computed(Decision::Join(node), known, ended, |world| world.until(scope)).await?;
        let Some(until) = until else { return Ok(()) };
        match until {
            Err(error) => return self.record(path, finished(StepResult { error: Some(error), ..last })),
            Ok(Some(true)) => return self.record(path, finished(last)),
            Ok(_) => {}
        }
        let state = &self.recorder.state;
        let Some(repeat) = state.step(node).repeat() else { return Ok(()) };
        let begun = state.node(node).started_at.unwrap_or_else(|| self.clock.now());
        match repeat.next_tick(begun, state.ended_at(scope), number) {
            Tick::Over if repeat.over_is_success => self.record(path, finished(last)),
            Tick::Over => {
                let message = format!(
                    "`until` did not hold in {number} iterations, the last of them the latest there may be"
                );
                let error = StepError { kind: StepErrorKind::Expired, message };
                self.record(path, finished(StepResult { error: Some(error), ..last }))
            }
            // Whoever takes the run up again finds that it is due.
            Tick::At(_) if self.held.is_stopped() => Ok(()),
            Tick::At(next) if next <= self.clock.now() => {
                let items = self.recorder.value(Value::list(vec![Value::NULL]));
                let keys = vec![self.recorder.state.next_name(node)];
                self.record(path, Event::Expanded { items, keys, rows: Vec::new(), error: None })
            }
            Tick::At(next) => {
                let message = format!("iteration {} begins then", number + 1);
                self.waiting.insert(node, Waiting { reason: WaitReason::Time, until: Some(next), message });
                self.pauses.insert((next, node));
                Ok(())
            }
        }
    }
}
